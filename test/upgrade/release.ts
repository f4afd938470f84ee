/** The stack of an earlier version of this package: its project, its state, and the account that it was deployed to. */
import {
    type Dirent,
    cpSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { startLocalAgb, type LocalAgb } from "../../emulator/index";
import type { Engine } from "../support/engines";
import { Project } from "../support/project";
import { tempFolder } from "../support/tempFolder";

const FIXTURES = join(__dirname, "fixtures");
/** Runs of a server leave these behind, and each run creates its own. */
const OF_A_RUN = /^(?:server\.json|server\.log|lock|console-token)$/;
const ACCOUNT_FILE = "state.jsonl";
/** What version control does not keep of the account: empty folders, and when files were modified, in milliseconds since the epoch. */
interface Times {
    recordedAt: number;
    folders: string[];
    files: Record<string, number>;
}

export const recordedVersions = (): string[] => readdirSync(FIXTURES);

/** A stack that was deployed with a version, in a project of its own, and the account that it was deployed to. */
export interface RecordedStack {
    project: Project;
    agb: LocalAgb;
    remove(): Promise<void>;
}

/** Restores what {@link record} stored. The clocks continue from the time of the recording, so its session still runs. */
export async function restore(version: string, engine: Engine): Promise<RecordedStack> {
    const fixture = join(FIXTURES, version);
    const project = new Project(engine, {});
    cpSync(join(fixture, "project"), project.folder, { recursive: true });
    const dataFolder = tempFolder("account");
    cpSync(join(fixture, "agb"), dataFolder, { recursive: true });
    const { recordedAt, folders, files } = JSON.parse(readFileSync(join(fixture, "times.json"), "utf8")) as Times;
    for (const folder of folders) mkdirSync(join(dataFolder, folder), { recursive: true });
    for (const [file, time] of Object.entries(files)) {
        utimesSync(join(dataFolder, file), new Date(time), new Date(time));
    }
    const account = join(dataFolder, ACCOUNT_FILE);
    const sinceThen = Date.now() - recordedAt;
    const shifted = (line: string) =>
        JSON.stringify(JSON.parse(line), (key, value: unknown) =>
            key === "createdAt" ? (value as number) + sinceThen : value,
        );
    writeFileSync(account, readFileSync(account, "utf8").replace(/.+/g, shifted));
    const agb = await startLocalAgb({ dataFolder });
    Object.assign(project.env, { AGB_ENDPOINT: agb.endpoint, AGB_API_KEY: agb.apiKey });
    return {
        project,
        agb,
        remove: async () => {
            await agb.close();
            project.remove();
        },
    };
}

/** Deploys the project of this folder with the current code, and stores the result as the fixture of a version. */
export async function record(version: string, engine: Engine): Promise<void> {
    const fixture = join(FIXTURES, version);
    const project = new Project(engine, {});
    const dataFolder = tempFolder("account");
    const agb = await startLocalAgb({ dataFolder });
    try {
        Object.assign(project.env, { AGB_ENDPOINT: agb.endpoint, AGB_API_KEY: agb.apiKey });
        cpSync(join(__dirname, "project"), project.folder, { recursive: true });
        await project.init();
        const { exit, text } = await project.up();
        if (exit !== 0) throw new Error(text);
    } finally {
        await agb.close();
    }
    rmSync(fixture, { recursive: true, force: true });
    mkdirSync(fixture, { recursive: true });
    cpSync(dataFolder, join(fixture, "agb"), {
        recursive: true,
        filter: (source) => !OF_A_RUN.test(relative(dataFolder, source)),
    });
    cpSync(project.folder, join(fixture, "project"), {
        recursive: true,
        filter: (source) =>
            !/^(?:node_modules|\.home|\.data)|history|backups|locks/.test(relative(project.folder, source)),
    });
    const entries = readdirSync(join(fixture, "agb"), { recursive: true, withFileTypes: true });
    const pathOf = (entry: Dirent) => relative(join(fixture, "agb"), join(entry.parentPath, entry.name));
    const [folders, files] = [true, false].map((isFolder) =>
        entries.filter((entry) => entry.isDirectory() === isFolder).map(pathOf),
    ) as [string[], string[]];
    const modified = files.map((file) => [file, Math.floor(statSync(join(dataFolder, file)).mtimeMs)] as const);
    const times: Times = { recordedAt: Date.now(), folders, files: Object.fromEntries(modified) };
    writeFileSync(join(fixture, "times.json"), `${JSON.stringify(times, null, 4)}\n`);
    project.remove();
}
