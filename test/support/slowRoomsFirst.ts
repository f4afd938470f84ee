/** The order of test files: rooms that deploy in processes first, so that no long file runs alone at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const ROOMS = [
    "kills",
    "engine",
    "stories",
    "examples",
    "upgrade",
    "bench",
    "package",
    "sdk",
    "emulator",
    "faults",
    "contract",
    "provider",
    "docs",
];

const rank = ({ moduleId }: TestSpecification): number =>
    ROOMS.findIndex((room) => moduleId.includes(`/test/${room}/`));

export class SlowRoomsFirst extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
        // Within a room, the longest first, where an earlier run says.
        return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
    }
}
