// Prints a line a check, and in the end how many passed. A check fails when its function throws or
// gives anything but true.
let passed = 0;
let failed = 0;

export async function check(name, test) {
    let reason = '';
    let good = false;
    try {
        const outcome = await test();
        good = outcome === true;
        reason = good ? '' : `got ${JSON.stringify(outcome)}`;
    } catch (error) {
        reason = error.message;
    }
    if (good) {
        passed += 1;
        console.log(`ok    ${name}`);
    } else {
        failed += 1;
        console.log(`FAIL  ${name}: ${reason}`);
    }
}

// Prints the sum and sets the exit code.
export function finish() {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
