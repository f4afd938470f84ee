/** What an assumption about the service is. */
import type { World } from "./world";

export interface Assumption {
    id: string;
    /** What the package relies on. */
    sentence: string;
    /** Fails if the service behaves in another way. */
    check(world: World): Promise<void>;
    /** The check takes this long on the service, where the clock cannot be advanced. */
    minutes?: number;
}
