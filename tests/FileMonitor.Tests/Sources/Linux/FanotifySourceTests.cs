using FileMonitor.Extending;
using FileMonitor.Patterns;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>With the kernel, on a real directory: what each thing done to it is hinted at by. Also without what only newer kernels tell.</summary>
public sealed class FanotifySourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_are_hinted_at_and_finished_ones_are_called_so(bool namesTargets)
    {
        await using var bench = await FanotifyBench.StartAsync(namesTargets: namesTargets);

        await File.WriteAllTextAsync(bench.At("new"), "1", Token);
        (await bench.HintsAsync()).Should().Equal("Created new finished");

        await File.AppendAllTextAsync(bench.At("new"), "2", Token);
        (await bench.HintsAsync()).Should().Equal("Modified new finished");

        await using (var open = new FileStream(bench.At("new"), FileMode.Append))
        {
            open.WriteByte(3);
            open.Flush();
            (await bench.HintsAsync()).Should().Equal(["Modified new"], "one that is kept open is noticed, too");
        }

        (await bench.HintsAsync()).Should().Equal("Look new finished");

        await Shell.RunAsync($"chmod 400 {bench.At("new")}");
        (await bench.HintsAsync()).Should().Equal("Look new");

        File.Delete(bench.At("new"));
        (await bench.HintsAsync()).Should().Equal("Deleted new");

        await File.WriteAllTextAsync(bench.At("brief"), "1", Token);
        File.Delete(bench.At("brief"));
        var hints = await bench.HintsAsync();
        hints[0].Should().StartWith("Created brief");
        hints[1..].Should().Equal("Deleted brief");
    }

    [Fact]
    public async Task What_is_moved_within_the_root_is_one_rename()
    {
        await using var bench = await FanotifyBench.StartAsync(start =>
        {
            Directory.CreateDirectory(start.At("a/b"));
            Directory.CreateDirectory(start.At("c"));
            File.WriteAllText(start.At("a/b/f"), "");
        });
        await bench.HintsAsync();

        File.Move(bench.At("a/b/f"), bench.At("c/g"));
        Directory.Move(bench.At("a"), bench.At("c/d"));
        await File.WriteAllTextAsync(bench.At("c/d/b/h"), "", Token);

        (await bench.HintsAsync()).Should().Equal("Renamed c/g from a/b/f", "Renamed c/d from a", "Created c/d/b/h finished");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_moves_in_and_out_appears_and_goes_with_all_that_happens_below(bool namesTargets)
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.AtOutside("in/deep")), namesTargets: namesTargets);

        Directory.Move(bench.AtOutside("in"), bench.At("in"));
        await File.WriteAllTextAsync(bench.At("in/deep/f"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created in finished", "Created in/deep/f finished");

        File.Move(bench.At("in/deep/f"), bench.AtOutside("f"));
        Directory.Move(bench.At("in"), bench.AtOutside("out"));
        await File.WriteAllTextAsync(bench.AtOutside("out/deep/g"), "", Token);
        var hints = await bench.HintsAsync();
        hints.Should().StartWith(["Deleted in/deep/f", "Deleted in"]);
        if (namesTargets)
        {
            hints.Should().HaveCount(2, "what happens outside is nobody's business");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deep_tree_that_is_made_at_once_is_known_at_once(bool namesTargets)
    {
        await using var bench = await FanotifyBench.StartAsync(namesTargets: namesTargets);
        var deep = string.Join('/', Enumerable.Range(1, 40));

        Directory.CreateDirectory(bench.At(deep));
        await File.WriteAllTextAsync(bench.At(deep + "/f"), "", Token);

        var hints = await bench.HintsAsync();
        hints.Should().StartWith(["Created 1 finished", "Created 1/2 finished", "Created 1/2/3 finished"]).And.HaveCount(41).And.EndWith($"Created {deep}/f finished");
    }

    [Fact]
    public async Task A_tree_that_is_deleted_is_deleted_by_name()
    {
        await using var bench = await FanotifyBench.StartAsync(start =>
        {
            for (var i = 0; i < 20; i++)
            {
                Directory.CreateDirectory(start.At($"t/{i}/x"));
                File.WriteAllText(start.At($"t/{i}/x/f"), "");
            }
        });
        await bench.HintsAsync();

        Directory.Delete(bench.At("t"), recursive: true);

        var hints = await bench.HintsAsync();
        hints.Should().HaveCount(61).And.OnlyContain(hint => hint.StartsWith("Deleted t", StringComparison.Ordinal)).And.EndWith("Deleted t");
        hints.Should().Contain("Deleted t/7/x/f");
    }

    [Fact]
    public async Task Directories_that_swap_their_names_keep_what_is_below_them()
    {
        await using var bench = await FanotifyBench.StartAsync(start =>
        {
            Directory.CreateDirectory(start.At("a/inA"));
            Directory.CreateDirectory(start.At("b/inB"));
        });
        await bench.HintsAsync();

        for (var i = 0; i < 3; i++)
        {
            Directory.Move(bench.At("a"), bench.At("t"));
            Directory.Move(bench.At("b"), bench.At("a"));
            Directory.Move(bench.At("t"), bench.At("b"));
        }

        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("a/inB/f"), "", Token);
        await File.WriteAllTextAsync(bench.At("b/inA/f"), "", Token);

        (await bench.HintsAsync()).Should().Equal("Created a/inB/f finished", "Created b/inA/f finished");
    }

    [Fact]
    public async Task Names_are_bytes()
    {
        await using var bench = await FanotifyBench.StartAsync();
        var hostile = "\n;$(x) \u202E\u00E9";

        await File.WriteAllTextAsync(bench.At(hostile), "", Token);
        await Shell.RunAsync($"printf x > \"{bench.Root.Path}/$(printf 'b\\377d')\"");

        (await bench.HintsAsync()).Should().Equal($"Created {hostile} finished", "Created b\uDCFFd finished");
    }

    [Fact]
    public async Task A_root_that_is_not_recursive_knows_only_its_own_directory()
    {
        await using var bench = await FanotifyBench.StartAsync(
            start => Directory.CreateDirectory(start.At("old")), path => AwaitableWriter.Root(path, recursive: false));

        await File.WriteAllTextAsync(bench.At("old/f"), "", Token);
        Directory.CreateDirectory(bench.At("new"));
        await File.WriteAllTextAsync(bench.At("new/f"), "", Token);
        await File.WriteAllTextAsync(bench.At("f"), "", Token);

        (await bench.HintsAsync()).Should().Equal("Created new finished", "Created f finished");
        bench.Source.Listener!.Directories.Should().Be(1);
    }

    [Fact]
    public async Task Directories_that_are_left_out_are_foreign_until_they_are_called_otherwise()
    {
        var rules = IgnoreRules.Parse([], ["node_modules/"], ignoreCase: false);
        await using var bench = await FanotifyBench.StartAsync(
            start => Directory.CreateDirectory(start.At("node_modules/a")), path => new MonitoredRoot(0, path, path, rules));
        await bench.HintsAsync();

        await File.WriteAllTextAsync(bench.At("node_modules/a/f"), "", Token);
        (await bench.HintsAsync()).Should().BeEmpty();
        bench.Source.Listener!.Directories.Should().Be(1);

        Directory.Move(bench.At("node_modules"), bench.At("kept"));
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("kept/a/g"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created kept/a/g finished");

        Directory.Move(bench.At("kept"), bench.At("node_modules"));
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("node_modules/a/h"), "", Token);
        (await bench.HintsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task What_happens_while_the_tree_is_scanned_is_hinted_at()
    {
        await using var bench = await FanotifyBench.StartAsync(start =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Directory.CreateDirectory(start.At($"{i % 10}/{i}"));
            }
        });

        // Without a pause after the start, all over the tree.
        for (var i = 0; i < 2000; i += 20)
        {
            await File.WriteAllTextAsync(bench.At($"{i % 10}/{i}/f"), "", Token);
        }

        // The kernel merges creation and close unless the creation was read before; then the close is a hint of its own.
        var hints = await bench.HintsAsync();
        hints.Select(hint => hint.Split(' ')[1]).Distinct().Should().Equal(Enumerable.Range(0, 100).Select(i => $"{i * 20 % 10}/{i * 20}/f"));
        hints.Where(hint => hint.StartsWith("Created ", StringComparison.Ordinal)).Should().HaveCount(100);
        hints.Where(hint => hint.EndsWith(" finished", StringComparison.Ordinal)).Should().HaveCount(100);
        bench.Source.Listener!.Directories.Should().Be(2011);
    }

    [Fact]
    public async Task Directories_renamed_while_others_write_in_them_are_named_as_they_are()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("d0/x")));
        await bench.HintsAsync();

        for (var i = 0; i < 200; i++)
        {
            await File.WriteAllTextAsync(bench.At($"d{i}/x/f{i}"), "", Token);
            Directory.Move(bench.At($"d{i}"), bench.At($"d{i + 1}"));
        }

        var hints = await bench.HintsAsync();
        hints.Where(hint => hint.StartsWith("Renamed", StringComparison.Ordinal)).Should().Equal(Enumerable.Range(0, 200).Select(i => $"Renamed d{i + 1} from d{i}"));
        hints.Where(hint => hint.StartsWith("Created", StringComparison.Ordinal)).Should().HaveCount(200);

        await File.WriteAllTextAsync(bench.At("d200/x/last"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created d200/x/last finished");
    }
}
