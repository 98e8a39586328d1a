// The page for a database that is away: load it again once it would be another.
document.getElementById("retry").hidden = false;
setInterval(async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.status !== 503) location.reload();
  } catch {
    // The dashboard itself is away: go on asking.
  }
}, 5000);
