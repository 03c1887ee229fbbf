using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>Hints that were lost: where something may have been missed, and why.</summary>
/// <param name="Root">The root concerned.</param>
/// <param name="Directory">The directory to look at; empty with <paramref name="IsTree"/> for the whole root.</param>
/// <param name="IsTree">Whether anything below it may be concerned, not only its direct entries.</param>
/// <param name="Cause">Why.</param>
/// <param name="Count">How many hints of ours were lost; 0 when only the source could know.</param>
/// <param name="Detail">A sentence for the person on call.</param>
/// <param name="Item">The new path of a renamed item: if it is a directory, its contents may have changed under the old path.</param>
internal readonly record struct LostHints(MonitoredRoot Root, string Directory, bool IsTree, GapCause Cause, int Count, string? Detail, string? Item = null);
