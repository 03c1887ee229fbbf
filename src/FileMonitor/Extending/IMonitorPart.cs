namespace FileMonitor.Extending;

/// <summary>What another package of this product adds to a monitor. The monitor asks it for what it can be.</summary>
internal interface IMonitorPart;
