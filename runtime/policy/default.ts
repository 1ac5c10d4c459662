/** The policy that a new network begins with; `sm network init` writes it out for the operator to change. */
export const DEFAULT_POLICY_TEXT = `# The policy of this network. Every section is a list of rules, read from the top: the first rule that matches decides.
# Check it with "sm policy check FILE"; ask why something is decided as it is with "sm policy explain".
version: 1

# Who may deploy what: authors by name (with *) or by key:<hash>, code by manifest hash.
deploy:
  - name: every author with a certificate of this network
    authors: ['*']
    allow: true

# What programs may declare, and what authors and programs may use on one node; keys left out have their defaults.
resources:
  - name: usual programs
    cpuMsPerSlice: 1s
    lifetimeMs: 7d

quotas:
  authors:
    - name: every author
      authors: ['*']

# Which I/O tags programs may read and drive.
io:
  - name: programs may not drive the commands of a node
    tags: ['io:exec/*']
    may: [read]
  - name: everything else that a driver offers
    tags: ['io:*']
    may: [read, drive]

# Which tags people may read and write from the command line.
cli:
  - name: operators see and change everything
    roles: [operator]
    tags: ['*']
    may: [read, write]
  - name: authors may not drive them either
    roles: [author]
    tags: ['io:exec/*']
    may: [read]
  - name: authors use what is shared and what is theirs
    roles: [author]
    tags: ['io:*', 'public:*', 'own:*']
    may: [read, write]
  - name: observers look
    roles: [observer]
    tags: ['io:*', 'public:*']
    may: [read]
`;
