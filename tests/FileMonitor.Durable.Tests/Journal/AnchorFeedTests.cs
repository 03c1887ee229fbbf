using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Files;
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

    // The anchors of these tests do not say what they have.
    private static JournalDirectory Nowhere => new("/nowhere", JournalDevice.Instance);

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
        await using var feed = new AnchorFeed(anchor, Nowhere, time, Pause, told.Add);
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
        await using var feed = new AnchorFeed(anchor, Nowhere, time, Pause, static _ => { });
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

    [Fact]
    public async Task An_anchor_with_an_interval_gets_the_newest_checkpoint_at_its_end_also_when_no_other_comes()
    {
        var (time, anchor) = (new AskedTime(), new RefusingAnchor { Interval = TimeSpan.FromHours(1) });
        await using var feed = new AnchorFeed(anchor, Nowhere, time, Pause, static _ => { });
        feed.Add(Note(1));
        await UntilAsync(() => feed.State.Anchored == 1);
        time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        foreach (var size in new[] { 2, 3, 4 })
        {
            // It asks for the time to see whether the interval is over.
            var asked = time.Asked;
            feed.Add(Note(size));
            await UntilAsync(() => time.Asked > asked);
        }

        time.Advance(TimeSpan.FromTicks(1));
        time.Advance(Pause);
        feed.Tick();

        await UntilAsync(() => feed.State.Anchored == 4);
        anchor.Sizes.Should().Equal(1, 4);
        feed.State.AnchoredAt.Should().BeOnOrAfter(Start.AddHours(1));
    }

    [Fact]
    public async Task An_anchor_with_an_interval_gets_the_last_checkpoint_when_the_journal_is_closed()
    {
        var (time, anchor) = (new AskedTime(), new RefusingAnchor { Interval = TimeSpan.FromHours(1) });
        await using var feed = new AnchorFeed(anchor, Nowhere, time, Pause, static _ => { });
        feed.Add(Note(1));
        await UntilAsync(() => feed.State.Anchored == 1);
        foreach (var size in new[] { 2, 3 })
        {
            var asked = time.Asked;
            feed.Add(Note(size));
            await UntilAsync(() => time.Asked > asked);
        }

        await feed.CloseAsync(Token);

        anchor.Sizes.Should().Equal(1, 3);
    }

    [Fact]
    public async Task An_anchor_with_an_interval_that_fails_is_tried_again_after_the_pause()
    {
        var (time, anchor) = (new FakeTimeProvider(Start), new RefusingAnchor { Interval = TimeSpan.FromHours(1), Failure = new IOException("not there") });
        await using var feed = new AnchorFeed(anchor, Nowhere, time, Pause, static _ => { });
        feed.Add(Note(1));
        await UntilAsync(() => feed.State.Failures == 1);
        anchor.Failure = null;

        time.Advance(Pause);
        feed.Tick();

        await UntilAsync(() => feed.State is { Anchored: 1, Failure: null });
    }

    [Fact]
    public async Task An_anchor_that_fails_holds_up_no_other_and_is_told()
    {
        var (failing, good) = (new RefusingAnchor { Failure = new IOException("not there") }, new RefusingAnchor());
        var settings = new JournalSettings { Directory = Nowhere.Path, Anchors = [good, failing], Time = new FakeTimeProvider(Start) };
        await using var feeds = new AnchorFeeds(settings);
        feeds.Add(Note(5));
        await UntilAsync(() => feeds.State!.Failures == 1 && good.Sizes.Count == 1);

        feeds.State.Should().Be(new AnchorState(Anchored: null, null, failing.Failure, Start, Failures: 1));

        failing.Failure = null;
        feeds.Add(Note(6));
        await feeds.CloseAsync(Token);

        feeds.State.Should().Be(new AnchorState(Anchored: 6, Start, Failure: null, FailingSince: null, Failures: 1));
        failing.Sizes.Should().Equal(5, 6);
        await using var none = new AnchorFeeds(settings with { Anchors = [] });
        none.State.Should().BeNull();
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
        var feed = new AnchorFeed(new CallbackAnchor(callback, begun), Nowhere, TimeProvider.System, Pause, static _ => { });
        feed.Add(Note(1));
        await begun.Task.WaitAsync(Patience, Token);
        return feed;
    }

    /// <summary>Counts how often it was asked for the time.</summary>
    private sealed class AskedTime() : FakeTimeProvider(AnchorFeedTests.Start)
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override long GetTimestamp()
        {
            var now = base.GetTimestamp();
            Interlocked.Increment(ref _asked);
            return now;
        }
    }

    private sealed class RefusingAnchor : ICheckpointAnchor
    {
        private volatile Exception? _failure;

        public Exception? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        public TimeSpan Interval { get; init; }

        public System.Collections.Concurrent.ConcurrentQueue<long> Sizes { get; } = [];

        public ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
        {
            if (Failure is { } failure)
            {
                return ValueTask.FromException(failure);
            }

            Sizes.Enqueue(checkpoint.Size);
            return ValueTask.CompletedTask;
        }
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
