using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Signing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>An anchor of the host that registers a callback which throws or blocks.</summary>
public sealed class AnchorFeedTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_callback_that_throws_does_not_leave_the_disposal()
    {
        var feed = await BeginAsync(static () => throw new IOException("callback"));
        await FluentActions.Awaiting(() => feed.DisposeAsync().AsTask()).Should().NotThrowAsync();
    }

    [Fact]
    public async Task A_callback_that_blocks_does_not_hold_up_the_disposal()
    {
        using var release = new ManualResetEventSlim();
        var feed = await BeginAsync(release.Wait);
        try
        {
            await feed.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        }
        finally
        {
            release.Set();
        }
    }

    private static async Task<AnchorFeed> BeginAsync(Action callback)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var feed = new AnchorFeed(new CallbackAnchor(callback, begun));
        feed.Add(new CheckpointNote("host/filemonitor/1", 1, new byte[32], new byte[CheckpointNote.KeyIdBytes], new byte[64]));
        await begun.Task.WaitAsync(Patience, Token);
        return feed;
    }

    private sealed class CallbackAnchor(Action callback, TaskCompletionSource begun) : ICheckpointAnchor
    {
        public async ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
        {
            cancellationToken.Register(callback);
            begun.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }
    }
}
