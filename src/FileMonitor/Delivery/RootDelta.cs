using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Delivery;

/// <summary>A change of one root's snapshot.</summary>
/// <param name="Root">The root.</param>
/// <param name="Delta">The change.</param>
internal readonly record struct RootDelta(MonitoredRoot Root, TreeDelta Delta);
