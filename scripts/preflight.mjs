// Runs before anything else, so it must parse on old Nodes too: plain syntax only.
const wanted = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error('Smart Messages needs Node ' + wanted.join('.') + ' or newer; this is ' + process.version + '.');
  console.error('Get one from https://nodejs.org/, or: apt-get install nodejs (Debian 13), or: nvm install 20');
  process.exit(78);
}
