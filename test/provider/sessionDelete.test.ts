/** A destroy of a session while calls fail, or while the session ends by itself. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbApiError } from "../../provider/agb";
import { PATH, startDeployment, type Deployment } from "../support/sessionHandlers";

let d: Deployment;
beforeEach(async () => {
    d = await startDeployment();
});
afterEach(() => d.close());

/** The id of the context is not in the state until a download was waited for. */
const byName = () => ({ contextSyncs: [{ contextId: "work", path: PATH }], waitForSync: false });
const withoutOrigin = { __origin: undefined };
const rejected = (call: string) => new AgbApiError(call, "InternalError", "the database is busy.", 400, "r-1");

describe("a session that has ended before", () => {
    it("is deleted without a warning and without another release", async () => {
        const made = await d.create();
        await d.agb.release(made.id);
        d.lines.splice(0);
        d.account.agb.releaseSession = () => Promise.reject(new Error("released twice"));
        await d.destroy(made);
        expect(d.lines).toEqual([]);
    });
});

describe("a release", () => {
    it("that AGB rejects keeps the session in the state, and succeeds when repeated", async () => {
        const made = await d.create();
        d.agb.fault("releaseSessionAsync:InternalError:1:1");
        await expect(d.destroy(made)).rejects.toThrow(
            new RegExp(`^Session "dev" \\(${made.id}\\) could not be released: AGB said: .+\\(InternalError, `),
        );
        expect(await d.agb.sessions()).toEqual([made.id]);
        await d.destroy(made);
        expect(await d.agb.sessions()).toEqual([]);
    });

    it("that AGB rejects because the session has ended meanwhile is fine", async () => {
        const made = await d.create();
        d.account.agb.releaseSession = async (id) => {
            await d.agb.release(id);
            throw rejected("releaseSession");
        };
        await d.destroy(made);
        expect(await d.agb.sessions()).toEqual([]);
    });

    it("without an answer is waited for, because it may have started", async () => {
        const made = await d.create();
        d.agb.fault("releaseSessionAsync:reset-after:1");
        await d.destroy(made);
        expect(await d.agb.sessions()).toEqual([]);
    });
});

describe("the wait for the release", () => {
    const waiting = () => d.lines.filter((line) => line.includes("waiting for its release"));
    /** Makes the release take a while, as the upload of large mounts does. */
    const slowly = async (news: Record<string, unknown> = {}) => {
        await d.close();
        d = await startDeployment(150);
        const made = await d.create({ syncOnDelete: false, ...news });
        await d.destroy(made);
        return made;
    };

    it("reports its progress in seconds", async () => {
        await slowly();
        expect(waiting()).not.toEqual([]);
        expect(new Set(waiting())).toEqual(new Set(["dev: waiting for its release, 0 s"]));
    });

    it("names the session by its id if nothing else is known of it", async () => {
        const { id } = await slowly(withoutOrigin);
        expect(waiting()).toContain(`${id}: waiting for its release, 0 s`);
    });
});

describe("a mount whose context cannot be looked up", () => {
    const failing = () => {
        d.account.agb.getContext = () => Promise.reject(rejected("getContext"));
        d.account.agb.listContexts = () => {
            throw rejected("listContexts");
        };
    };

    it("keeps the session, and the reason is one sentence", async () => {
        const made = await d.create(byName());
        failing();
        await expect(d.destroy(made)).rejects.toThrow(
            `Session "dev" (${made.id}) was not released, so nothing is lost: its mounts could not be uploaded: AGB said: the database is busy (InternalError, request r-1). Run the command again to repeat it. To release it anyway, set forceDestroy`,
        );
        expect(await d.agb.sessions()).toEqual([made.id]);
    });

    it("is reported if the release is forced", async () => {
        const made = await d.create({ ...byName(), forceDestroy: true });
        failing();
        await d.destroy(made);
        expect(d.lines).toContain(
            `Session "dev" (${made.id}) could not be saved completely: its mounts could not be uploaded: AGB said: the database is busy (InternalError, request r-1). At the release, AGB may remove from context work every file below ${PATH} that the session does not have. Releasing it anyway because forceDestroy is set.`,
        );
        expect(await d.agb.sessions()).toEqual([]);
    });

    it("is named in the report if the session has ended meanwhile", async () => {
        const made = await d.create(byName());
        d.account.agb.getContext = async () => {
            await d.agb.release(made.id);
            throw rejected("getContext");
        };
        d.account.agb.listContexts = () => {
            throw rejected("listContexts");
        };
        d.lines.splice(0);
        await d.destroy(made);
        expect(d.lines).toEqual([
            `Session "dev" (${made.id}) ended before the upload of ${PATH} to context work was confirmed. AGB itself uploads the mounts of a session that ends, but stops after a minute: check the files there. At the release, AGB may remove from context work every file below ${PATH} that the session does not have.`,
        ]);
    });
});
