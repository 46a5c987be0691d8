"""`larder status` in words. Pure."""

from typing import Any


def described(found: dict[str, Any]) -> list[str]:
    """A line for each thing to know; what is not the matter is left out."""
    waits, failed = found["pending"], found["failed"]
    lines = [
        f"Larder at {found['address']}",
        f"  records  {found['records']}: {found['audited']} audited, {found['skipped']} skipped, "
        f"{found['needs_look']} to look at again",
        f"  serving  {found['active_version'] or 'rules alone, no model yet'}",
        f"  waiting  {waits['regex']} for the rules, {waits['peft']} for the model",
    ]
    if found["audited"] < found["needed_for_training"]:
        lines.append(f"  training needs {found['needed_for_training'] - found['audited']} more audits")
    if failed["regex"] or failed["peft"]:
        lines.append(f"  failed   {failed['regex']} by the rules, {failed['peft']} by the model")
    if found["dead_letters"]:
        lines.append(f"  {found['dead_letters']} messages could not be handled: see Settings")
    return lines
