namespace FileMonitor.Settling;

/// <summary>Whether the limit of events per second leaves room for another change, with those counted whose files are still being read. Owner: the pump.</summary>
internal sealed class EventPace(SettleContext context, EventRate rate, FilesBeingRead reading)
{
    /// <summary>Whether another change may be settled. When the monitor stops, nothing is held back.</summary>
    public bool MayTell(long now) => rate.HasRoom(now, reading.Count) || context.IsStopping;

    /// <summary>When there is room again; null when there is room.</summary>
    public long? NextRoom(long now) => rate.IsLimited && !rate.HasRoom(now, reading.Count) ? rate.NextRoom(now, reading.Count) : null;
}
