// Proposes the browser's own time zone to somebody who joins.
const zone = document.querySelector("select[name=time_zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value === "UTC" && [...zone.options].some((option) => option.value === own)) {
  zone.value = own;
}
