namespace FileMonitor.Settling;

/// <summary>Whether the limit of events per second allows another change. Files being read count, because each may produce an event. Owner: the pump.</summary>
internal sealed class EventPace(SettleContext context, EventRate rate, FilesBeingRead reading)
{
    /// <summary>Whether another change may be settled. When the monitor stops, nothing is held back.</summary>
    public bool MayTell(long now) => rate.HasRoom(now, reading.Count) || context.IsStopping;

    /// <summary>When the limit allows another change again; null when it does now.</summary>
    public long? NextRoom(long now) => rate.IsLimited && !rate.HasRoom(now, reading.Count) ? rate.NextRoom(now, reading.Count) : null;
}
