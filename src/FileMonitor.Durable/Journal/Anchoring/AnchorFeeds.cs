using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>Brings checkpoints to each anchor of the host. None waits for another.</summary>
internal sealed class AnchorFeeds(JournalSettings settings) : IAsyncDisposable
{
    private readonly AnchorFeed[] _feeds = [.. settings.Anchors.Select(anchor => new AnchorFeed(anchor, new(settings.Directory, settings.Device), settings.Time, settings.CheckpointInterval, settings.AnchorChanged))];

    /// <summary>How they do; null without any. What was anchored is what all of them have. Any thread.</summary>
    public AnchorState? State
    {
        get
        {
            AnchorState? all = null;
            foreach (var one in _feeds.Select(static feed => feed.State))
            {
                all = all is null ? one : Merge(all, one);
            }

            return all;
        }
    }

    public void Add(CheckpointNote note)
    {
        foreach (var feed in _feeds)
        {
            feed.Add(note);
        }
    }

    public void Tick()
    {
        foreach (var feed in _feeds)
        {
            feed.Tick();
        }
    }

    /// <summary>Waits until all are anchored, or have failed, or the caller does not wait any longer.</summary>
    public Task CloseAsync(CancellationToken cancellationToken) => Task.WhenAll(_feeds.Select(feed => feed.CloseAsync(cancellationToken).AsTask()));

    public async ValueTask DisposeAsync()
    {
        foreach (var feed in _feeds)
        {
            await feed.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static AnchorState Merge(AnchorState one, AnchorState other)
    {
        var behind = (one.Anchored ?? -1) <= (other.Anchored ?? -1) ? one : other;
        var failing = one.Failure is null || (other.Failure is not null && other.FailingSince < one.FailingSince) ? other : one;
        return new(behind.Anchored, behind.AnchoredAt, failing.Failure, failing.FailingSince, one.Failures + other.Failures);
    }
}
