/** Deploys the program with Pulumi's Automation API, prints its outputs, and destroys it. */
import { spawnSync } from "node:child_process";
import { automation } from "@pulumi/pulumi";
import { createSandbox } from "./sandbox";

/** The result becomes the outputs of the stack. */
function program() {
    const { session } = createSandbox({ readOnly: true });
    return Promise.resolve({ sessionId: session.id, syncStatus: session.syncStatus });
}

async function main(): Promise<void> {
    const stack = await automation.LocalWorkspace.createOrSelectStack(
        { projectName: "testing", stackName: "automation", program },
        // The provider process starts in the folder `main`, and finds pulumi-agb from there.
        { projectSettings: { name: "testing", runtime: "nodejs", main: __dirname } },
    );
    try {
        const { outputs } = await stack.up();
        console.log(outputs.sessionId?.value, outputs.syncStatus?.value);
    } finally {
        await stack.destroy({ remove: true });
    }
}

if (spawnSync("pulumi", ["version"]).error) {
    console.error("This script needs the pulumi command: https://www.pulumi.com/docs/install/");
    process.exitCode = 1;
} else {
    void main();
}
