// The color scheme: the system's, unless the user has chosen the other one. It runs before the page is shown.
{
    // A cookie, because each start of a server in the background may use another port, which has another localStorage.
    const COOKIE = "local-agb-theme";
    const YEAR_SECONDS = 365 * 86_400;
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)");
    const systemTheme = () => (system.matches ? "dark" : "light");
    const chosenTheme = () => new RegExp(`(?:^|; )${COOKIE}=(light|dark)`).exec(document.cookie)?.[1];

    function apply() {
        const theme = chosenTheme() ?? systemTheme();
        root.dataset.theme = theme;
        document.getElementById("theme")?.setAttribute("aria-checked", String(theme === "dark"));
    }

    function toggle() {
        const theme = root.dataset.theme === "dark" ? "light" : "dark";
        const maxAge = theme === systemTheme() ? 0 : YEAR_SECONDS;
        document.cookie = `${COOKIE}=${theme}; path=/; max-age=${maxAge}; samesite=strict`;
        apply();
    }

    apply();
    system.addEventListener("change", apply);
    addEventListener("DOMContentLoaded", () => {
        apply();
        document.getElementById("theme").addEventListener("click", toggle);
    });
}
