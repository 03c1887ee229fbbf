using FileMonitor.Extending;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// What it costs to find out who is where (ADR 0026): however many names are pending and used again, looks at the disk stay below so many for
/// each change that is settled. Counted, not timed.
/// </summary>
public sealed class SearchCostTests
{
    private const int Operations = 8000;
    private const int Directories = 100;
    private const int FilesOfEach = 5;

    // At the item, its directory, its old name, and the root for each that is gone; once more at what appeared; and what may be spent on
    // searches.
    private const int MostLooksForEach = 15;

    private const int FilesOfOne = 4000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_many_names_are_used_again_a_change_costs_a_few_looks(int seed)
    {
        CountingView? view = null;
        await using var tree = await MonitoredTree.StartAsync(
            string.Join(' ', Enumerable.Range(0, Directories).SelectMany(DirectoryAtStart)),
            components: parts => parts.FileView = view = new CountingView(parts.FileView!));
        var storm = new Storm(seed);
        for (var operation = 0; operation < Operations; operation++)
        {
            await tree.PlayAsync(storm.Next());
        }

        await DemandFewLooksAsync(tree, view!, atLeast: Operations / 4);
        await tree.StopAsync();
    }

    [Fact]
    public async Task However_many_files_of_a_large_directory_were_replaced_each_costs_a_few_looks()
    {
        CountingView? view = null;
        await using var tree = await MonitoredTree.StartAsync(
            string.Join(' ', Enumerable.Range(0, FilesOfOne).Select(static file => $"d/f{file}=1").Prepend("d/")),
            options => options.Recovery.EntriesPerSecond = 0,
            parts => parts.FileView = view = new CountingView(parts.FileView!));
        tree.Tree.Silent = true;
        for (var file = 0; file < FilesOfOne; file += 2)
        {
            await tree.PlayAsync($"rm d/f{file}; write d/f{file} 2");
        }

        tree.Tree.Source.Lose("d", GapCause.SourceError, "The test made it so.");

        await DemandFewLooksAsync(tree, view!, atLeast: FilesOfOne / 2);
        await tree.StopAsync();
    }

    private static async Task DemandFewLooksAsync(MonitoredTree tree, CountingView view, int atLeast)
    {
        var before = view.Looks;
        await tree.FlushAsync();
        var counters = tree.Counters;
        var settled = counters.Emitted + counters.Suppressed + counters.Ignored;
        settled.Should().BeGreaterThanOrEqualTo(atLeast);
        ((double)(view.Looks - before) / settled).Should().BeLessThan(MostLooksForEach);
    }

    private static IEnumerable<string> DirectoryAtStart(int number) =>
        Enumerable.Range(0, FilesOfEach).Select(file => $"d{number}/f{file}=1").Prepend($"d{number}/");

    /// <summary>Operations among few names, drawn by a seed. Knows the tree it makes, so that none is refused.</summary>
    private sealed class Storm(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<string> _directories = [.. Enumerable.Range(0, Directories).Select(static number => $"d{number}")];
        private readonly List<string> _files = [.. Enumerable.Range(0, Directories).SelectMany(static number => Enumerable.Range(0, FilesOfEach).Select(file => $"d{number}/f{file}"))];

        public string Next() => _random.Next(100) switch
        {
            < 25 => Add(_files, Join(Any(_directories), "n", 40), "write", " 1"),
            < 35 => Append(),
            < 55 => Rename(Any(_files), Join(Any(_directories), "n", 40)),
            < 65 => RenameOver(Any(_files), Any(_files)),
            < 80 when _files.Count > Directories => Remove(Any(_files)),
            < 90 => Add(_directories, Join(Any(_directories.FindAll(static one => one.Length < 12)), "m", 10), "mkdir", ""),
            _ => Move(Any(_directories), $"d{_random.Next(Directories * 2)}"),
        };

        private string Append() => $"append {Any(_files)} +";

        private string Join(string directory, string prefix, int names) => $"{directory}/{prefix}{_random.Next(names)}";

        private string Add(List<string> items, string path, string how, string rest)
        {
            if (items.Contains(path))
            {
                return Append();
            }

            items.Add(path);
            return $"{how} {path}{rest}";
        }

        private string Rename(string from, string to)
        {
            if (_files.Contains(to))
            {
                return RenameOver(from, to);
            }

            _files[_files.IndexOf(from)] = to;
            return $"mv {from} {to}";
        }

        private string RenameOver(string from, string to)
        {
            if (from != to)
            {
                _files.Remove(from);
            }

            return $"mv {from} {to}";
        }

        private string Remove(string file)
        {
            _files.Remove(file);
            return $"rm {file}";
        }

        private string Move(string from, string to)
        {
            if (_directories.Contains(to))
            {
                return Append();
            }

            Follow(_directories, from, to);
            Follow(_files, from, to);
            return $"mv {from} {to}";
        }

        private static void Follow(List<string> items, string from, string to)
        {
            for (var i = 0; i < items.Count; i++)
            {
                items[i] = PathText.IsAtOrBelow(items[i], from) ? to + items[i][from.Length..] : items[i];
            }
        }

        private string Any(List<string> items) => items[_random.Next(items.Count)];
    }

    /// <summary>Counts how often it is asked; in a list so many names count as one. Any thread.</summary>
    private sealed class CountingView(IFileView inner) : IFileView
    {
        private const int NamesPerLook = 16;

        private long _looks;

        public long Looks => Interlocked.Read(ref _looks);

        public FileStatus GetStatus(string root, string relativePath)
        {
            Interlocked.Increment(ref _looks);
            return inner.GetStatus(root, relativePath);
        }

        public FileStatus GetDirectoryStatus(string root, string relativeDirectory)
        {
            Interlocked.Increment(ref _looks);
            return inner.GetDirectoryStatus(root, relativeDirectory);
        }

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => inner.GetLinkTarget(root, relativePath, out link);

        public FileOpening Open(string root, string relativePath) => inner.Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
        {
            var names = 0;
            var outcome = inner.List(root, relativeDirectory, (name, status) =>
            {
                names++;
                found(name, status);
            });
            Interlocked.Add(ref _looks, 1 + (names / NamesPerLook));
            return outcome;
        }
    }
}
