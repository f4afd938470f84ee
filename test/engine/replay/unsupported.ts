/** Scenarios that the embedded engine refuses by name, each with the reason. */
export const UNSUPPORTED: Record<string, string> = {
    "import-command": "there is no command import: dynamic resources cannot be imported by their id",
    "kill-import-pending":
        "--import-pending-creates imports nothing of a dynamic resource; --clear-pending-creates does the same",
    "kill-then-refresh": "--import-pending-creates, as above",
};

/** Scenarios that play as recorded only with the SDK of the recordings: an older one continues after a failed registration. */
export const NEEDS_NEWEST_SDK: readonly string[] = ["create-fails", "import-option", "import-option-mismatch"];
