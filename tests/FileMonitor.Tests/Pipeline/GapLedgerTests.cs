using FileMonitor.Pipeline;
using FileMonitor.Tests.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Pipeline;

public sealed class GapLedgerTests
{
    private static readonly MonitoredRoot[] Roots = [RecordingWriter.Root("/one"), RecordingWriter.Root("/two", index: 1)];
    private readonly GapLedger _ledger = new(quietPeriod: 100);

    [Fact]
    public void A_loss_is_told_a_quiet_period_after_it_came()
    {
        _ledger.NextDue.Should().BeNull();
        _ledger.Add(Loss("d", count: 3), now: 10);

        _ledger.NextDue.Should().Be(110);
        Take(109).Should().BeEmpty();
        Take(110).Should().Equal("QueueFull /one:d x3");
        _ledger.NextDue.Should().BeNull();
        Take(1000).Should().BeEmpty();
    }

    [Fact]
    public void A_storm_is_one_gap_and_does_not_postpone_it()
    {
        for (var now = 0; now < 100; now++)
        {
            _ledger.Add(Loss("d"), now);
        }

        Take(100).Should().Equal("QueueFull /one:d x100");
    }

    [Fact]
    public void Roots_and_causes_are_told_apart()
    {
        _ledger.Add(Loss("d"), 0);
        _ledger.Add(Loss("d") with { Root = Roots[1] }, 1);
        _ledger.Add(Loss("d") with { Cause = GapCause.SourceError }, 2);

        _ledger.NextDue.Should().Be(100);
        Take(101).Should().Equal("QueueFull /one:d x1", "QueueFull /two:d x1");
        Take(102).Should().Equal("SourceError /one:d x1");
    }

    [Theory]
    [InlineData("a", "a", "a")]
    [InlineData("a/b", "a/c", "a")]
    [InlineData("a/b", "a", "a")]
    [InlineData("a", "a/b", "a")]
    [InlineData("a/b", "a/bc", "a")]
    [InlineData("a/bc", "a/b", "a")]
    [InlineData("a", "b", "")]
    [InlineData("", "b", "")]
    [InlineData("a/b/c", "a/b/d/e", "a/b")]
    public void Several_directories_become_the_one_above_them(string one, string other, string expected)
    {
        _ledger.Add(Loss(one), 0);
        _ledger.Add(Loss(other), 0);

        Take(100).Should().Equal($"QueueFull /one:{expected} x2");
    }

    [Fact]
    public void The_first_detail_is_kept()
    {
        _ledger.Add(Loss("", detail: null), 0);
        _ledger.Add(Loss("", detail: "first"), 0);
        _ledger.Add(Loss("", detail: "second"), 0);

        _ledger.TakeDue(100, all: false).Should().ContainSingle().Which.Detail.Should().Be("first");
    }

    [Fact]
    public void At_the_end_all_are_told()
    {
        _ledger.Add(Loss("d"), 0);

        _ledger.TakeDue(1, all: true).Should().ContainSingle();
        _ledger.NextDue.Should().BeNull();
    }

    private static LostHints Loss(string directory, int count = 1, string? detail = null) =>
        new(Roots[0], directory, IsTree: false, GapCause.QueueFull, count, detail);

    private IEnumerable<string> Take(long now) =>
        _ledger.TakeDue(now, all: false).Select(gap => $"{gap.Cause} {gap.Root.Path}:{gap.Directory} x{gap.Count}");
}
