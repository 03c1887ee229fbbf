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

    [Theory]
    [InlineData(1, 0)]
    [InlineData(60, 0)]
    [InlineData(120, 0)]
    [InlineData(60, 60)]
    public async Task A_checkpoint_that_was_not_written_to_its_end_is_replaced_by_the_next(int cutBytes, int zeros)
    {
        await WriteAsync(Anchored(), 100);
        var length = new FileInfo(Anchors).Length;
        using (var file = File.OpenHandle(Anchors, access: FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, length - cutBytes);
            RandomAccess.Write(file, new byte[zeros], length - cutBytes);
        }

        await WriteAsync(Anchored(), 100, from: 101);

        var verdict = Verify(Directory, anchorPath: Anchors);
        verdict.Finding.Should().BeNull();
        verdict.AnchoredUpTo.Should().Be(200);
    }

    [Theory]
    [InlineData("a line of somebody else's\n")]
    [InlineData("test/filemonitor/another\n12")]
    public async Task A_file_that_ends_in_something_else_is_left_as_it_is(string text)
    {
        await WriteAsync(Anchored(), 100);
        await File.AppendAllTextAsync(Anchors, text, TestContext.Current.CancellationToken);
        var before = await File.ReadAllBytesAsync(Anchors, TestContext.Current.CancellationToken);
        var writer = JournalWriter.Open(Anchored());
        writer.AppendMany(101, 5);

        await writer.CloseAsync(CancellationToken.None);

        (await File.ReadAllBytesAsync(Anchors, TestContext.Current.CancellationToken)).Should().Equal(before);
        writer.Anchors!.Failure.Should().BeOfType<IOException>().Which.Message.Should().Contain(Anchors);
    }

    [Fact]
    public async Task An_anchor_that_fails_stops_nothing_and_gets_all_checkpoints_later()
    {
        var anchor = new FailingAnchor { Failures = 3 };
        var writer = JournalWriter.Open(Settings(Directory) with { Anchors = [anchor], CheckpointInterval = TimeSpan.Zero });
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
        var writer = JournalWriter.Open(Settings(Directory) with { Anchors = [anchor], CheckpointInterval = TimeSpan.Zero });
        await anchor.Called.WaitAsync(TestContext.Current.CancellationToken);
        writer.AppendMany(1, 5);

        await writer.CloseAsync(new CancellationToken(canceled: true));

        anchor.WasCancelled.Should().BeTrue();
        Verify(Directory).AuthenticUpTo.Should().Be(5);
    }

    public void Dispose() => _temporary.Dispose();

    private JournalSettings Anchored() => Settings(Directory, segmentBytes: 100_000) with { Anchors = [new FileCheckpointAnchor(Anchors)] };

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
