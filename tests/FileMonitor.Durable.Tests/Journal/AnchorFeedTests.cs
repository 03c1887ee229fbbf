using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Signing;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>An anchor of the host that fails, or that registers a callback which throws or blocks.</summary>
public sealed class AnchorFeedTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
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

    [Fact]
    public async Task A_failure_is_told_once_with_what_was_anchored_before_it_and_the_end_of_it_too()
    {
        var (time, anchor, told) = (new FakeTimeProvider(Start), new RefusingAnchor(), new List<AnchorState>());
        await using var feed = new AnchorFeed(anchor, time, Pause, told.Add);
        await AddAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        anchor.Failure = new IOException("not there");
        await AddAsync(2);
        time.Advance(TimeSpan.FromSeconds(1));
        await AddAsync(3);

        feed.State.Should().Be(new AnchorState(Anchored: 1, Start, anchor.Failure, Start.AddSeconds(1), Failures: 2));
        told.Should().ContainSingle().Which.Failure.Should().BeSameAs(anchor.Failure);

        anchor.Failure = null;
        await AddAsync(4);
        await feed.CloseAsync(Token);

        feed.State.Should().Be(new AnchorState(Anchored: 4, Start.AddSeconds(2), Failure: null, FailingSince: null, Failures: 2));
        told.Should().HaveCount(2);
        told[1].Failure.Should().BeNull();

        Task AddAsync(long size)
        {
            feed.Add(Note(size));
            return UntilAsync(() => anchor.Failure is null ? feed.State.Anchored == size : feed.State.Failures == size - 1);
        }
    }

    [Fact]
    public async Task What_failed_is_tried_again_after_a_pause_when_no_other_checkpoint_comes()
    {
        var (time, anchor) = (new FakeTimeProvider(Start), new RefusingAnchor { Failure = new IOException("not there") });
        await using var feed = new AnchorFeed(anchor, time, Pause, static _ => { });
        feed.Add(Note(1));
        await UntilAsync(() => feed.State.Failure is not null);

        time.Advance(Pause - TimeSpan.FromTicks(1));
        feed.Tick();
        time.Advance(TimeSpan.FromTicks(1));
        feed.Tick();
        await UntilAsync(() => feed.State.Failures > 1);
        feed.State.Failures.Should().Be(2);
        anchor.Failure = null;
        time.Advance(Pause);
        feed.Tick();

        await UntilAsync(() => feed.State is { Anchored: 1, Failure: null, Failures: 2 });
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static CheckpointNote Note(long size) => new("host/filemonitor/1", size, new byte[32], new byte[CheckpointNote.KeyIdBytes], new byte[64]);

    private static async Task<AnchorFeed> BeginAsync(Action callback)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var feed = new AnchorFeed(new CallbackAnchor(callback, begun), TimeProvider.System, Pause, static _ => { });
        feed.Add(Note(1));
        await begun.Task.WaitAsync(Patience, Token);
        return feed;
    }

    private sealed class RefusingAnchor : ICheckpointAnchor
    {
        private volatile Exception? _failure;

        public Exception? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        public ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken) =>
            Failure is { } failure ? ValueTask.FromException(failure) : ValueTask.CompletedTask;
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
