using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Delivery;

/// <summary>A change of what is known of one root.</summary>
/// <param name="Root">The root.</param>
/// <param name="Delta">The change.</param>
internal readonly record struct RootDelta(MonitoredRoot Root, TreeDelta Delta);
