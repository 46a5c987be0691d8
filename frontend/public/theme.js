// Before the first paint, so that a dark page never flashes white.
const theme = localStorage.getItem("larder.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
