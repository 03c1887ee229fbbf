using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>Who did it, by the kernel, with processes of all kinds.</summary>
public sealed class FanotifyProcessTests
{
    private static readonly string ShellPath = new FileInfo("/bin/sh").ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target
        ? target.Replace("/bin/", Directory.ResolveLinkTarget("/bin", returnFinalTarget: true) is null ? "/bin/" : "/usr/bin/", StringComparison.Ordinal).Replace("/usr/usr/", "/usr/", StringComparison.Ordinal)
        : "/bin/sh";

    [Fact]
    public async Task Processes_that_live_for_a_moment_are_known_by_their_program()
    {
        await using var bench = await FanotifyBench.StartAsync();
        await bench.HintsAsync();

        // Five hundred shells, each gone once it has written one file.
        await Shell.RunAsync($"i=0; while [ $i -lt 500 ]; do /bin/sh -c 'echo > {bench.Root.Path}/f'$i; i=$((i+1)); done");
        (await bench.Source.FlushAsync(bench.Root, TestContext.Current.CancellationToken)).Should().BeNull();

        var byFile = bench.Heard.Changes.GroupBy(change => change.RelativePath).ToArray();
        byFile.Should().HaveCount(500);
        var actors = byFile.Select(changes => changes.First().Actor!).ToArray();
        actors.Select(actor => actor.Executable).Distinct().Should().Equal(ShellPath);
        actors.Select(actor => actor.ProcessId).Should().OnlyHaveUniqueItems().And.NotContainNulls();
        actors.Select(actor => actor.Confidence).Distinct().Should().BeSubsetOf([ActorConfidence.ExecCache, ActorConfidence.Kernel]);
        actors.Select(actor => actor.UserName).OfType<string>().Distinct().Should().Equal(Environment.UserName);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", actors.CountBy(actor => (actor.Confidence, actor.UserName))));
    }

    [Fact]
    public async Task A_process_that_lives_is_described_as_the_kernel_shows_it()
    {
        await using var bench = await FanotifyBench.StartAsync();

        await File.WriteAllTextAsync(bench.At("own"), "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(bench.At("other"), "", TestContext.Current.CancellationToken);
        (await bench.Source.FlushAsync(bench.Root, TestContext.Current.CancellationToken)).Should().BeNull();

        var actors = bench.Heard.Changes.Select(change => change.Actor).Distinct().ToArray();
        var actor = actors.Should().ContainSingle("many events of one process share one object").Which!;
        actor.Confidence.Should().Be(ActorConfidence.Kernel);
        actor.ProcessId.Should().Be(Environment.ProcessId, "what the host itself writes is reported like everything else");
        actor.Executable.Should().Be(Environment.ProcessPath);
        actor.UserName.Should().Be(Environment.UserName);
        actor.CommandLine.Should().Contain("FileMonitor.Tests");
        actor.StartKey.Should().BePositive();
    }

    [Fact]
    public async Task A_child_that_runs_no_program_of_its_own_is_not_given_that_of_another()
    {
        await using var bench = await FanotifyBench.StartAsync();
        await bench.HintsAsync();

        // A subshell is a copy of its shell, which starts nothing; it is gone at once.
        await Shell.RunAsync($"for i in $(seq 50); do ( echo > {bench.Root.Path}/f$i ); done");
        (await bench.Source.FlushAsync(bench.Root, TestContext.Current.CancellationToken)).Should().BeNull();

        foreach (var actor in bench.Heard.Changes.Select(change => change.Actor!).Distinct())
        {
            actor.ProcessId.Should().NotBeNull();
            actor.Executable.Should().BeOneOf([null, ShellPath], "of one that is just ending, not even that can be read");
        }
    }
}
