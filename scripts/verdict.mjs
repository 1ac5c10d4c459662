// Reads the test runner's report, checks that no suite has vanished, and prints the closing line of continuous integration.
import { existsSync, readFileSync } from 'node:fs';

const [reportPath, runnerStatus] = process.argv.slice(2);
const suites = JSON.parse(readFileSync(new URL('../test/suites.json', import.meta.url), 'utf8'));

if (!existsSync(reportPath)) {
  console.error(`No test report at ${reportPath}: the test runner ended (status ${runnerStatus}) before it wrote one.`);
  process.exit(1);
}
const report = JSON.parse(readFileSync(reportPath, 'utf8'));
const passedBySuite = new Map(Object.keys(suites).map((suite) => [suite, 0]));
for (const file of report.testResults) {
  const passed = file.assertionResults.filter((test) => test.status === 'passed').length;
  for (const suite of passedBySuite.keys()) {
    if (file.name.includes(`/${suite}`)) passedBySuite.set(suite, passedBySuite.get(suite) + passed);
  }
  for (const test of file.assertionResults) {
    if (test.status === 'pending' || test.status === 'skipped') console.log(`skipped: ${test.fullName}`);
  }
}
let vanished = 0;
for (const [suite, passed] of passedBySuite) {
  if (passed >= suites[suite]) continue;
  vanished += 1;
  console.error(`Suite ${suite} passed ${passed} tests; at least ${suites[suite]} are expected.`);
}
const failed = report.numFailedTests + vanished;
const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || runnerStatus !== '0' || report.numPassedTests === 0 ? 1 : 0);
