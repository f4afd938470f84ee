/** The Automation API with an inline program, which starts the provider in the folder that `main` names. */
import { automation } from "@pulumi/pulumi";
import { expect, it } from "vitest";
import * as agb from "../../provider";
import { startTestAgb } from "../support/agb";
import { hasPulumi, NEEDS_PULUMI, root } from "../support/engines";
import { tempFolder } from "../support/tempFolder";

it.skipIf(!hasPulumi)("the Automation API deploys from another folder", { meta: NEEDS_PULUMI }, async () => {
    const account = await startTestAgb();
    const backend = tempFolder("automation");
    try {
        const program = () => Promise.resolve({ id: new agb.Context("notes", { name: "notes" }).id });
        const stack = await automation.LocalWorkspace.createOrSelectStack(
            { projectName: "automation", stackName: "dev", program },
            {
                projectSettings: { name: "automation", runtime: "nodejs", main: root },
                envVars: { ...account.env, PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE: "none" },
            },
        );
        const { outputs } = await stack.up();
        expect(await account.contexts()).toEqual([outputs.id?.value]);
        await stack.destroy();
        expect(await account.contexts()).toEqual([]);
    } finally {
        await account.close();
    }
});
