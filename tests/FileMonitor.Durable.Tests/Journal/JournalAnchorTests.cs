using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Verification;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

public sealed class JournalAnchorTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    private string Anchors => _temporary.PathOf("anchors");

    [Fact]
    public async Task What_is_anchored_is_told()
    {
        await WriteAsync(Anchored(), 3000, linesPerCommit: 100);

        var verdict = Verify(Directory, anchorPath: Anchors);

        verdict.Finding.Should().BeNull();
        verdict.AnchoredUpTo.Should().Be(verdict.AuthenticUpTo);
    }

    [Fact]
    public async Task A_journal_that_was_cut_back_to_an_earlier_state_is_found_by_its_anchor()
    {
        await WriteAsync(Anchored(), 100);
        var before = _temporary.CopyOf(Directory, "before");
        await WriteAsync(Anchored(), 100, from: 101);

        Verify(before).Finding.Should().BeNull("alone it is a journal");
        Verify(before, anchorPath: Anchors).Finding!.Problem.Should().Be(JournalProblem.RecordsMissing);
    }

    [Fact]
    public async Task A_journal_that_went_on_another_way_is_found_by_its_anchor()
    {
        await WriteAsync(Anchored(), 100);
        var other = _temporary.CopyOf(Directory, "other");
        await WriteAsync(Anchored(), 100, from: 101);
        await WriteAsync(Settings(other), 300, from: 1001);

        var finding = Verify(other, anchorPath: Anchors).Finding!;

        finding.Problem.Should().Be(JournalProblem.AnchorContradicts);
        finding.FirstRecord.Should().Be(100);
    }

    [Fact]
    public async Task An_anchor_of_another_journal_is_no_anchor()
    {
        await WriteAsync(Anchored(), 10);
        await WriteAsync(Settings(_temporary.PathOf("other")), 10);

        Verify(_temporary.PathOf("other"), anchorPath: Anchors).Finding!.Problem.Should().Be(JournalProblem.AnchorContradicts);
    }

    [Fact]
    public async Task An_anchor_that_fails_stops_nothing_and_gets_all_checkpoints_later()
    {
        var anchor = new FailingAnchor { Failures = 3 };
        var writer = JournalWriter.Open(Settings(Directory) with { Anchor = anchor, CheckpointInterval = TimeSpan.Zero });
        await anchor.Attempted.WaitAsync(TestContext.Current.CancellationToken);
        for (var from = 1; from <= 100; from += 10)
        {
            writer.AppendMany(from, 10);
            writer.Commit().Postponed.Should().BeNull();
            await anchor.Attempted.WaitAsync(TestContext.Current.CancellationToken);
        }

        await writer.CloseAsync(CancellationToken.None);

        anchor.Sizes.Should().BeInAscendingOrder().And.Contain([0, 10, 100]).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_close_does_not_wait_for_an_anchor_longer_than_the_caller_does()
    {
        var anchor = new FailingAnchor { Hangs = true };
        var writer = JournalWriter.Open(Settings(Directory) with { Anchor = anchor, CheckpointInterval = TimeSpan.Zero });
        await anchor.Called.WaitAsync(TestContext.Current.CancellationToken);
        writer.AppendMany(1, 5);

        await writer.CloseAsync(new CancellationToken(canceled: true));

        anchor.WasCancelled.Should().BeTrue();
        Verify(Directory).AuthenticUpTo.Should().Be(5);
    }

    public void Dispose() => _temporary.Dispose();

    private JournalSettings Anchored() => Settings(Directory, segmentBytes: 100_000) with { Anchor = new FileCheckpointAnchor(Anchors) };

    private sealed class FailingAnchor : ICheckpointAnchor
    {
        public int Failures { get; set; }

        public bool Hangs { get; init; }

        public bool WasCancelled { get; private set; }

        public List<long> Sizes { get; } = [];

        public SemaphoreSlim Called { get; } = new(0);

        public SemaphoreSlim Attempted { get; } = new(0);

        public async ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
        {
            Called.Release();
            if (Hangs)
            {
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    WasCancelled = true;
                    throw;
                }
            }

            Attempted.Release();
            if (Failures-- > 0)
            {
                throw new InvalidOperationException("not reachable");
            }

            Sizes.Add(checkpoint.Size);
        }
    }
}
