/** Unit tests of the program: they need neither an account nor an engine. */
import { deepEqual, equal } from "node:assert/strict";
import { before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { createSandbox } from "./sandbox";

before(() =>
    pulumi.runtime.setMocks({
        newResource: ({ name, inputs }) => ({
            id: `${name}-id`,
            state: { ...(inputs as object), syncStatus: "Success" },
        }),
        call: () => ({}),
    }),
);

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => void output.apply(resolve));
}

test("the session mounts the context", async () => {
    const { session } = createSandbox({ readOnly: false });
    const [mount] = await valueOf(session.contextSyncs);
    equal(mount?.contextId, "work-id");
    deepEqual(mount.policy, { uploadPolicy: { autoUpload: true } });
    equal(await valueOf(session.syncStatus), "Success");
});

test("a read-only session never uploads", async () => {
    const { session } = createSandbox({ readOnly: true });
    const [mount] = await valueOf(session.contextSyncs);
    deepEqual(mount?.policy, { uploadPolicy: { autoUpload: false } });
});
