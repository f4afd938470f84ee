/** The interface that every way of showing a deployment implements. */
import type { EngineEvent } from "../model/events";

/** Shows the events of one deployment. */
export interface Display {
    event(event: EngineEvent): void;
    /** Called after the last event, including when the deployment is aborted. */
    end(): void;
}
