/** Pulumi's symbols and terms for each operation. */
import type { Colors } from "picocolors/types";
import type { Operation } from "../model/events";

interface OperationText {
    mark: string;
    /** The status in a preview, while the operation runs, and after it. */
    planned: string;
    doing: string;
    done: string;
    /** The label in the final counts: `4 to create`, `4 created`. */
    toDo: string;
    counted: string;
    color: keyof Pick<Colors, "green" | "yellow" | "red" | "magenta" | "cyan" | "reset">;
}

const SAME: OperationText = {
    mark: "  ",
    planned: "",
    doing: "",
    done: "",
    toDo: "unchanged",
    counted: "unchanged",
    color: "reset",
};

export const OPERATION_TEXT: Readonly<Record<Operation, OperationText>> = {
    same: SAME,
    create: {
        mark: "+ ",
        planned: "create",
        doing: "creating",
        done: "created",
        toDo: "to create",
        counted: "created",
        color: "green",
    },
    update: {
        mark: "~ ",
        planned: "update",
        doing: "updating",
        done: "updated",
        toDo: "to update",
        counted: "updated",
        color: "yellow",
    },
    delete: {
        mark: "- ",
        planned: "delete",
        doing: "deleting",
        done: "deleted",
        toDo: "to delete",
        counted: "deleted",
        color: "red",
    },
    replace: {
        mark: "+-",
        planned: "replace",
        doing: "replacing",
        done: "replaced",
        toDo: "to replace",
        counted: "replaced",
        color: "magenta",
    },
    "create-replacement": {
        mark: "++",
        planned: "create replacement",
        doing: "creating replacement",
        done: "created replacement",
        toDo: "to create as replacements",
        counted: "created as replacements",
        color: "green",
    },
    "delete-replaced": {
        mark: "--",
        planned: "delete original",
        doing: "deleting original",
        done: "deleted original",
        toDo: "to delete as replaced",
        counted: "deleted as replaced",
        color: "red",
    },
    read: {
        mark: "> ",
        planned: "read",
        doing: "reading",
        done: "read",
        toDo: "to read",
        counted: "read",
        color: "cyan",
    },
    "read-replacement": {
        mark: ">>",
        planned: "read for replacement",
        doing: "reading for replacement",
        done: "read for replacement",
        toDo: "to read as replacements",
        counted: "read as replacements",
        color: "cyan",
    },
    discard: {
        mark: "< ",
        planned: "discard",
        doing: "discarding",
        done: "discarded",
        toDo: "to discard",
        counted: "discarded",
        color: "red",
    },
    "discard-replaced": {
        mark: "<<",
        planned: "discard original",
        doing: "discarding original",
        done: "discarded original",
        toDo: "to discard as replaced",
        counted: "discarded as replaced",
        color: "red",
    },
    refresh: {
        mark: "~ ",
        planned: "refresh",
        doing: "refreshing",
        done: "",
        toDo: "to refresh",
        counted: "refreshed",
        color: "cyan",
    },
    import: {
        mark: "= ",
        planned: "import",
        doing: "importing",
        done: "imported",
        toDo: "to import",
        counted: "imported",
        color: "green",
    },
    "import-replacement": {
        mark: "=>",
        planned: "import replacement",
        doing: "importing replacement",
        done: "imported replacement",
        toDo: "to import as replacements",
        counted: "imported as replacements",
        color: "green",
    },
    "remove-pending-replace": {
        mark: "~ ",
        planned: "completing replacement",
        doing: "completing replacement",
        done: "completed replacement",
        toDo: "to complete",
        counted: "completed",
        color: "yellow",
    },
};

/** The steps that make up a replacement, which `replace` represents as a whole. */
export const REPLACEMENT_STEPS: readonly Operation[] = [
    "create-replacement",
    "delete-replaced",
    "read-replacement",
    "discard-replaced",
];

/** Shortens a type for display: `pkg:module/thing:Thing` becomes `pkg:module:Thing`. */
export function displayType(type: string): string {
    const [pkg, module, name, ...rest] = type.split(":");
    if (pkg === undefined || module === undefined || name === undefined || rest.length > 0) {
        return type;
    }
    const path = module.split("/");
    const repeats = path.length > 1 && path.at(-1) === name.charAt(0).toLowerCase() + name.slice(1);
    return [pkg, repeats ? path.slice(0, -1).join("/") : module, name].join(":");
}

/** Formats a duration as `0.04s`, `3s` or `2m5s`. */
export function formatDuration(milliseconds: number): string {
    const seconds = milliseconds / 1000;
    if (seconds < 1) {
        return `${seconds.toFixed(2)}s`;
    }
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${whole % 60}s`;
}
