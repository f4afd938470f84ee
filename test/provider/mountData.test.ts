/** Which downloads a mount needs before it may be uploaded, and which listed task counts. */
import { describe, expect, it } from "vitest";
import { SyncMode, SyncStatus, type SyncTask } from "../../provider/agb";
import { coversMount, missingDownloads } from "../../provider/agb/mountData";
import { latestTasks } from "../../provider/agb/syncTasks";

const MOUNT = { contextId: "SdkCtx-1", path: "/home/work", autoDownload: true };
const { Success, Failed, Pending } = SyncStatus;

function download(path: string, status: SyncStatus, startTime: number, more: Partial<SyncTask> = {}): SyncTask {
    const finishTime = status === Pending ? 0 : startTime + 1;
    const taskType = SyncMode.Download;
    return { contextId: "SdkCtx-1", path, status, taskType, startTime, finishTime, errorMessage: "", ...more };
}
const missing = (listed: SyncTask[], mount = MOUNT) =>
    missingDownloads(mount, listed).map(({ path, status }) => `${path} ${status}`);

describe("a mount", () => {
    it("lacks its data if the download of it, or of a folder above it or in it, failed", () => {
        expect(missing([download("/home/work", Success, 100)])).toEqual([]);
        expect(missing([download("/home/work", Failed, 100)])).toEqual(["/home/work Failed"]);
        expect(missing([download("/home", Failed, 100)])).toEqual(["/home Failed"]);
        expect(missing([download("/home/work", Success, 100), download("/home/work/in", Failed, 200)])).toEqual([
            "/home/work/in Failed",
        ]);
    });

    it("is not concerned by other contexts, other folders and uploads", () => {
        const ok = download("/home/work", Success, 100);
        expect(missing([ok, download("/home/work", Failed, 200, { contextId: "SdkCtx-2" })])).toEqual([]);
        expect(missing([ok, download("/home/works", Failed, 200)])).toEqual([]);
        expect(missing([ok, download("/home/work", Failed, 200, { taskType: SyncMode.Upload })])).toEqual([]);
    });

    it("has its data again only after a later download of everything that failed", () => {
        const failed = download("/home/work", Failed, 100);
        expect(missing([failed, download("/home/work/in", Success, 200)])).toEqual(["/home/work Failed"]);
        expect(missing([failed, download("/home", Success, 200)])).toEqual([]);
        expect(missing([failed, download("/home", Success, 50)])).toEqual(["/home/work Failed"]);
        const inner = download("/home/work/in", Failed, 100);
        expect(missing([inner, download("/home/work", Success, 200)])).toEqual([]);
        expect(missing([inner, download("/home/work", Success, 50)])).toEqual(["/home/work/in Failed"]);
    });

    it("may be uploaded in part if that part has been downloaded since", () => {
        const part = { ...MOUNT, path: "/home/work/in" };
        const listed = [download("/home/work", Failed, 100), download("/home/work/in", Success, 200)];
        expect(missing(listed, part)).toEqual([]);
    });

    it("lacks its data while its download is not listed, unless it was seen to succeed or there is none", () => {
        expect(missing([])).toEqual(["/home/work Pending"]);
        expect(missing([download("/home/work/in", Success, 100)])).toEqual(["/home/work Pending"]);
        expect(missingDownloads({ ...MOUNT, known: download("/home/work", Success, 100) }, [])).toEqual([]);
        expect(missingDownloads({ ...MOUNT, autoDownload: false }, [])).toEqual([]);
        const known = download("/home/work", Failed, 100);
        expect(missingDownloads({ ...MOUNT, autoDownload: false, known }, [])).toEqual([known]);
    });
});

describe("a list of tasks", () => {
    it("covers a mount with a download of it, or of a folder above it", () => {
        const covers = (task: SyncTask) => coversMount(MOUNT, [task]);
        expect(covers(download("/home/work", Pending, 0))).toBe(true);
        expect(covers(download("/home//", Pending, 0))).toBe(true);
        expect(covers(download("/home/work/in", Success, 100))).toBe(false);
        expect(covers(download("/home/work", Success, 100, { contextId: "SdkCtx-2" }))).toBe(false);
        expect(covers(download("/home/work", Success, 100, { taskType: SyncMode.Upload }))).toBe(false);
        expect(coversMount({ ...MOUNT, path: "/home/work//" }, [download("/home/work", Success, 100)])).toBe(true);
    });

    it("is complete again only after a download that succeeded", () => {
        const failed = download("/home/work", Failed, 100);
        expect(missing([failed, download("/home", Failed, 200)])).toEqual(["/home/work Failed", "/home Failed"]);
    });
});

describe("of several listed tasks of a mount", () => {
    const latest = (...tasks: SyncTask[]) => latestTasks(tasks).map(({ status }) => status);

    it("the one that started last counts, in seconds or milliseconds, or one that has not started yet", () => {
        const old = download("/home/work", Failed, 1_700_000_000);
        expect(latest(old, download("/home/work", Success, 1_700_000_001))).toEqual([Success]);
        expect(latest(download("/home/work", Success, 1_700_000_001_000), old)).toEqual([Success]);
        expect(latest(download("/home/work", Pending, 0), old)).toEqual([Pending]);
    });

    it("the less certain one counts if they started in the same second", () => {
        const [success, failed] = [download("/home/work", Success, 100), download("/home/work", Failed, 100)];
        expect(latest(success, failed)).toEqual([Failed]);
        expect(latest(failed, success)).toEqual([Failed]);
    });

    it("each mount and direction has its own, and tasks of other kinds are dropped", () => {
        const task = download("/home/work", Success, 100);
        const upload = { ...task, taskType: SyncMode.Upload };
        expect(latestTasks([task, upload, { ...task, taskType: "recycle" }])).toEqual([task, upload]);
    });
});
