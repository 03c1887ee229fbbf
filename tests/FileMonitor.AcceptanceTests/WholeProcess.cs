using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Tests that count what the whole process holds; no other test may run meanwhile.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess
{
    internal static int CountDescriptors() => Directory.EnumerateFiles("/proc/self/fd").Count();

    internal static int CountInotify() => Inotify().Count();

    /// <summary>Watches of all inotify instances.</summary>
    internal static int CountWatches() => Inotify().Sum(link =>
        File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(link)}").Count(line => line.StartsWith("inotify wd:", StringComparison.Ordinal)));

    /// <summary>Threads whose name begins so; the kernel keeps the first fifteen characters.</summary>
    internal static int CountThreads(string name) =>
        Directory.EnumerateDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith(name, StringComparison.Ordinal));

    internal static async Task UntilAsync(Func<bool> condition, Func<string> otherwise)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        while (!condition())
        {
            deadline.IsCancellationRequested.Should().BeFalse(otherwise());
            await Task.Yield();
        }
    }

    private static IEnumerable<string> Inotify() =>
        Directory.EnumerateFiles("/proc/self/fd").Where(link => new FileInfo(link).LinkTarget == "anon_inode:inotify");

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Join(task, "comm"));
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
