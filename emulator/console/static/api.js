// Data of the console, and the token that grants access to it.

const TOKEN_KEY = "local-agb-console";

// The token follows the # in the URL. It is stored for reloads of this tab and removed from the address bar.
function storeToken() {
    if (!/^#[0-9a-f]{64}$/.test(location.hash)) return;
    sessionStorage.setItem(TOKEN_KEY, location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
}
storeToken();
// Entering the URL of another server run in an open tab changes only the hash and loads nothing.
addEventListener("hashchange", storeToken);

/** Fetches data from the server. */
export async function fetchData(path) {
    const response = await fetch(`/local/console/${path}`, {
        headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY) ?? ""}` },
    });
    const body = await response.json();
    if (!body.success) throw Object.assign(new Error(body.message), { isRejected: true });
    return body;
}
