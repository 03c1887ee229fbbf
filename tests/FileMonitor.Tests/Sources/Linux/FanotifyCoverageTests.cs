using FileMonitor.Extending;
using FileMonitor.Sources.Fanotify;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

public sealed class FanotifyCoverageTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FanotifyTree _tree = new();
    private readonly HintRecorder _writer = new();
    private readonly CapturingLog _log = new();
    private readonly MonitoredRoot _root = AwaitableWriter.Root("/root");
    private readonly FanotifyCoverage _coverage;

    public FanotifyCoverageTests()
    {
        _tree.AddRoot(_root, [0]);
        _coverage = new FanotifyCoverage(_tree, _writer, TimeSpan.FromHours(1), _time, _log);
    }

    public void Dispose() => _log.Dispose();

    private FanotifyDirectory Top => _tree.RootOf(_root)!;

    private string[] Said => [.. _writer.Lines.Select(line => string.Join(' ', line.Split(' ')[..3]))];

    [Fact]
    public void What_fails_once_is_tried_again_and_nothing_is_said()
    {
        var attempt = Attempt("d", 1);
        _coverage.Fail(attempt, "It failed.", mayBeTemporary: true);
        _coverage.NextTry.Should().Be(TimeSpan.FromMilliseconds(100));
        _coverage.TakeDue().Should().BeEmpty();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _coverage.TakeDue().Should().Equal(attempt);

        _coverage.Succeed(attempt);

        _coverage.NextTry.Should().BeNull();
        Said.Should().BeEmpty();
        _log.Names.Should().BeEmpty();
    }

    [Fact]
    public void What_goes_on_failing_is_a_gap_of_that_directory_until_it_succeeds()
    {
        var attempt = Attempt("d", 1);
        Fail(attempt, times: 5);
        Said.Should().Equal("uncovered PartialCoverage 'd'");
        _coverage.Published.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Root = _root, Directory = "d", Problem = "It failed.", IsShared = false });

        _coverage.Succeed(attempt);

        Said.Should().Equal("uncovered PartialCoverage 'd'", "covered PartialCoverage 'd'");
        _coverage.Published.Should().BeEmpty();
        _log.Names.Should().Equal("PartialCoverage");
    }

    [Fact]
    public void It_is_tried_less_and_less_often_up_to_once_a_minute()
    {
        var attempt = Attempt("d", 1);
        var pauses = new List<double>();
        for (var attempts = 0; attempts < 13; attempts++)
        {
            _coverage.Fail(attempt, "It failed.", mayBeTemporary: true);
            pauses.Add(_coverage.NextTry!.Value.TotalSeconds);
            _time.Advance(_coverage.NextTry!.Value);
            _coverage.TakeDue().Should().Equal(attempt);
        }

        pauses.Should().Equal(.1, .2, .4, .8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60, 60);
    }

    [Fact]
    public void What_is_gone_has_no_condition()
    {
        var (deleted, below) = (Attempt("d", 1), Attempt("e", 2));
        Fail(deleted, times: 3);
        Fail(below, times: 3);
        _tree.Retire(deleted.Directory);
        _tree.Remove(below.Directory);

        _coverage.ForgetGone();

        Said.Should().Equal("uncovered PartialCoverage 'd'", "uncovered PartialCoverage 'e'", "covered PartialCoverage 'd'", "covered PartialCoverage 'e'");
        _coverage.NextTry.Should().BeNull();
    }

    [Fact]
    public void What_is_moved_is_a_gap_where_it_is()
    {
        var attempt = Attempt("d", 1);
        Fail(attempt, times: 3);
        _tree.Place(Top, "moved", attempt.Directory.Handle, out _);
        Fail(attempt, times: 1);

        Said.Should().Equal("uncovered PartialCoverage 'd'", "covered PartialCoverage 'd'", "uncovered PartialCoverage 'moved'");
    }

    [Fact]
    public void What_was_refused_for_good_is_said_at_once()
    {
        _coverage.Fail(new FanotifyAttempt(Top, "m"), "It cannot be marked.", mayBeTemporary: false);

        Said.Should().Equal("uncovered PartialCoverage 'm'");
    }

    [Fact]
    public void Many_share_one_gap_of_the_root()
    {
        var attempts = Enumerable.Range(1, 20).Select(number => Attempt($"d{number}", (byte)number)).ToArray();
        Array.ForEach(attempts, attempt => Fail(attempt, times: 3));
        Said.Count(line => line.StartsWith("uncovered PartialCoverage 'd", StringComparison.Ordinal)).Should().Be(16);
        Said.Count(line => line == "uncovered PartialCoverage ''").Should().Be(1);
        _coverage.Published.Count(place => place.IsShared).Should().Be(4);

        Array.ForEach(attempts, _coverage.Succeed);

        Said.Count(line => line.StartsWith("covered PartialCoverage", StringComparison.Ordinal)).Should().Be(17);
        _coverage.Published.Should().BeEmpty();
    }

    [Fact]
    public void A_root_that_is_watched_anew_begins_without_conditions()
    {
        Fail(Attempt("d", 1), times: 3);

        _coverage.Clear(_root);

        Said.Should().Equal("uncovered PartialCoverage 'd'", "covered PartialCoverage 'd'");
        _coverage.NextTry.Should().BeNull();
    }

    private FanotifyAttempt Attempt(string name, byte handle)
    {
        _tree.Place(Top, name, [handle], out var directory);
        return new FanotifyAttempt(directory!, Name: null);
    }

    private void Fail(FanotifyAttempt attempt, int times)
    {
        for (var time = 0; time < times; time++)
        {
            _coverage.Fail(attempt, "It failed.", mayBeTemporary: true);
        }
    }
}
