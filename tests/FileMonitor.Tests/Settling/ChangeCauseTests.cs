using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Tests.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>
/// How a change was found, and whether the process that is named did all of it, by the hints in their order: C created, M written, D deleted, R renamed, a attributes
/// changed, each by one process; o found by the comparison of a start, r by a comparison after a loss, p by a periodic one.
/// </summary>
public sealed class ChangeCauseTests
{
    private static readonly MonitoredRoot Root = RecordingWriter.Root("/one", 0, quietPeriod: 100, maxDelay: 300, finishedDelay: 100);

    private static readonly Actor Someone = new() { ProcessId = 1, StartKey = 10, UserName = "A" };

    [Theory]
    [InlineData("M", AuditEventOrigin.Live)]
    [InlineData("o", AuditEventOrigin.Offline)]
    [InlineData("oM", AuditEventOrigin.Offline)]  // what was made before the start is in it
    [InlineData("Mo", AuditEventOrigin.Offline)]  // written before the comparison came there: nobody knows what it was then
    [InlineData("oa", AuditEventOrigin.Offline)]
    [InlineData("oMM", AuditEventOrigin.Offline)]
    [InlineData("oC", AuditEventOrigin.Live)]     // another item: what was there before does not matter
    [InlineData("Co", AuditEventOrigin.Live)]
    [InlineData("oD", AuditEventOrigin.Live)]
    [InlineData("Ro", AuditEventOrigin.Live)]
    [InlineData("CMo", AuditEventOrigin.Live)]
    [InlineData("p", AuditEventOrigin.Reconciled)]
    [InlineData("pM", AuditEventOrigin.Live)]
    [InlineData("Mp", AuditEventOrigin.Live)]
    public void How_a_change_was_found(string hints, AuditEventOrigin expected) => Merge(hints).Origin.Should().Be(expected);

    [Theory]
    [InlineData("M", false)]
    [InlineData("pM", true)]   // found before anybody was heard of
    [InlineData("Mp", false)]  // found once more
    [InlineData("rM", true)]
    [InlineData("Mr", true)]   // what was lost may be in it
    [InlineData("p", false)]   // nobody is named
    public void Whether_others_may_have_had_a_hand_in_it(string hints, bool expected) => Merge(hints).Actors.HasOthers.Should().Be(expected);

    [Theory]
    [InlineData("M", ItemAttributes.Mode)]
    [InlineData("a", ItemAttributes.Content)]
    [InlineData("Ma", ItemAttributes.None)]
    public void What_the_process_cannot_have_changed(string hints, ItemAttributes unexplained)
    {
        var merged = Merge(hints);

        (merged.Actors.For(merged.Origin).Unexplained & (ItemAttributes.Mode | ItemAttributes.Content)).Should().Be(unexplained);
    }

    [Fact]
    public void Of_what_was_made_before_the_start_nobody_is_named()
    {
        var merged = Merge("oM");

        merged.Actors.Latest.Should().Be(Someone);
        merged.Actors.For(merged.Origin).Actor.Should().BeNull();
    }

    private static PendingChange Merge(string hints)
    {
        var pending = new PendingChange();
        foreach (var hint in hints)
        {
            pending.NoteCause(Parse(hint), isFirst: pending.Hints++ == 0);
        }

        return pending;
    }

    private static FileChange Parse(char hint) => hint switch
    {
        'o' => Own(AuditEventOrigin.Offline, isHealing: false),
        'p' => Own(AuditEventOrigin.Reconciled, isHealing: false),
        'r' => Own(AuditEventOrigin.Reconciled, isHealing: true),
        'a' => new(FileChangeKind.Look, Root, "f") { Actor = Someone, Unexplained = ItemAttributes.Content },
        'M' => new(FileChangeKind.Modified, Root, "f") { Actor = Someone, Unexplained = ItemAttributes.Mode },
        'C' => new(FileChangeKind.Created, Root, "f") { Actor = Someone },
        'D' => new(FileChangeKind.Deleted, Root, "f") { Actor = Someone },
        _ => new(FileChangeKind.Renamed, Root, "f", "e") { Actor = Someone },
    };

    private static FileChange Own(AuditEventOrigin origin, bool isHealing) => new(FileChangeKind.Look, Root, "f") { IsOwn = true, Origin = origin, IsHealing = isHealing };
}
