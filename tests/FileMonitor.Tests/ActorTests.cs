using FileMonitor.Extending;
using FileMonitor.Tests.Replay;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// Who did it, from hint to event. In the scripts <c>as</c> says who acts from then on; each event is its kind, its path and who is said to
/// have done it: + for others as well, - for not known.
/// </summary>
public sealed class ActorTests
{
    [Theory]
    [InlineData("", "write a 1", "Created a -")] // the source does not say
    [InlineData("", "as ann; write a 1", "Created a ann")]
    [InlineData("", "as ann; mkdir d", "Created d ann")]
    [InlineData("", "as ann; ln l a", "Created l ann")]
    [InlineData("", "as ann; write a 1; as bob; append a 2", "Created a bob+")]
    [InlineData("", "as ann; write a 1; wait; as bob; append a 2", "Created a ann, Modified a bob")]
    [InlineData("a=1", "as ann; append a 2", "Modified a ann")]
    [InlineData("a=1", "as ann; rm a", "Deleted a ann")]
    [InlineData("a=1", "as ann; rm a; as bob; write a 2", "Modified a bob+")]
    [InlineData("a=1", "as ann; chmod a", "AttributesChanged a ann")]
    [InlineData("l@a", "as ann; chmod l", "AttributesChanged l ann")]
    [InlineData("a=1", "as ann; mv a b", "Renamed b ann")]
    [InlineData("a=1", "as ann; mv a b; append b 2", "Renamed b ann, Modified b ann")]
    [InlineData("a=1", "as ann; write t 2; as bob; mv t a", "Modified a bob+")] // saved by rename
    [InlineData("a=1", "as ann; rm a; mkdir a", "Deleted a ann, Created a ann")]
    [InlineData("", "as ann; write t 1; rm t", "Created t ann, Deleted t ann")] // transient
    [InlineData("", "as ann; write t 1; as bob; rm t", "Created t bob+, Deleted t bob+")]
    public async Task An_event_says_who_did_it(string before, string script, string expected) =>
        (await SaidAsync(before, script)).Should().Be(expected);

    [Theory]
    [InlineData("d/x=1", "as ann; out d", "Deleted d/x -, Deleted d ann")]
    [InlineData("d/x=1", "as ann; rm -r d", "Deleted d/x ann, Deleted d ann")] // each was hinted at
    [InlineData("d/x=1 d/y=2", "as bob; rm d/x; as ann; out d", "Deleted d/x bob, Deleted d/y -, Deleted d ann")]
    [InlineData("", "as ann; in d / /x=1", "Created d ann, Created d/x -")] // found by looking
    public async Task What_only_follows_was_done_by_nobody_who_is_known(string before, string script, string expected) =>
        (await SaidAsync(before, script)).Should().Be(expected);

    [Fact]
    public async Task What_was_in_a_directory_that_is_renamed_over_was_done_by_nobody_who_is_known()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/x=1 e/");
        tree.Tree.Files.Delete(tree.Tree.PathOf("d"), recursive: true);
        await tree.PlayAsync("as ann; mv e d; wait");

        Describe(await tree.StopAsync()).Should().Be("Deleted d/x -, Renamed d ann");
    }

    [Fact]
    public async Task What_is_said_of_the_start_of_losses_and_of_roots_names_nobody()
    {
        await using var tree = await MonitoredTree.StartAsync("a=1", options => options.Report.Baseline = true);
        tree.Tree.Files.WriteFile(tree.Tree.PathOf("b"), "2");
        await tree.PlayAsync("as ann; write c 3");
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "too much");
        await tree.SettleAsync();

        var said = await tree.StopAsync();
        said.Where(one => one.Actor is not null).Should().ContainSingle().Which.RelativePath.Should().Be("c");
        said.Select(one => one.Kind).Should().Contain([AuditEventKind.Baseline, AuditEventKind.Gap]);
        said.Should().Contain(one => one.RelativePath == "b" && one.Origin == AuditEventOrigin.Reconciled);
    }

    [Theory]
    [InlineData("chmod a", "Modified a ann+")]
    [InlineData("as ann; chmod a", "Modified a ann")]
    public async Task A_change_whose_hint_is_on_its_way_is_not_told_as_that_of_one_process_alone(string later, string expected)
    {
        HeldSource? source = null;
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1", options => options.Report.AttributeChanges = ItemAttributes.AllMetadata, parts =>
        {
            var inner = parts.Source!;
            parts.Source = () => source = new HeldSource(inner());
        });
        await tree.PlayAsync("as ann; append a 2");
        source!.Meet(HintFate.Said);
        source.HintedUpTo = tree.Clock.GetTimestamp() - 1;
        await tree.PlayAsync($"as bob; {later}");

        // A flush needs no clock, which would end the wait for the hints.
        var flush = tree.Monitor.FlushAsync(TestContext.Current.CancellationToken);
        await tree.UntilAsync(() => tree.Counters.Emitted > 0);
        tree.Sink.Events.Should().BeEmpty("the disk was looked at after the second change, and its hint is not there");

        source.Meet(HintFate.Said);
        source.HintedUpTo = long.MaxValue;
        await tree.AdvanceUntilAsync(() => flush.IsCompleted);
        await tree.SettleAsync();
        Describe(await tree.StopAsync()).Should().Be(expected);
    }

    [Fact]
    public async Task A_change_while_the_file_is_read_is_not_told_as_that_of_one_process_alone()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1");
        tree.Tree.Files.OnRead = _ =>
        {
            tree.Tree.Files.OnRead = null;
            tree.Tree.Source.Hint(FileChangeKind.Modified, "a", actor: new Actor { ProcessId = 2, UserName = "bob" });

            // The pump takes it in while it waits for the result.
            var taken = tree.Counters.Received;
            SpinWait.SpinUntil(() => tree.Monitor.GetHealth() is { QueueLength: 0 } health && health.Counters.Received == taken);
        };
        await tree.PlayAsync("as ann; append a 2; wait");

        Describe(await tree.StopAsync()).Should().Be("Modified a ann+");
    }

    private static async Task<string> SaidAsync(string before, string script)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync(before, options => (options.Report.AttributeChanges, options.Report.Transients) = (ItemAttributes.AllMetadata, true));
        await tree.PlayAsync(script + "; wait");
        return Describe(await tree.StopAsync());
    }

    private static string Describe(IEnumerable<AuditEvent> said) => string.Join(", ", said.Select(one =>
        $"{one.Kind} {one.RelativePath} {one.Actor?.UserName ?? "-"}{(one.HasOtherActors ? "+" : "")}"));
}
