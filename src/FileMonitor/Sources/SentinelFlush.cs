using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources;

/// <summary>
/// Flushes a source that reports events in order: creates an empty file in a root and waits for its hint. Everything that happened before was
/// reported by then.
/// </summary>
internal static class SentinelFlush
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Null when the hint came; otherwise a sentence saying why not. Deletes the file. Runs on the pool, because a disk may hang.</summary>
    public static async Task<string?> RunAsync(MonitoredRoot root, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (name, heard) = root.Sentinels.Issue();
        var directory = root.PhysicalPath;
        if (TryMake(directory, name) is { } refused)
        {
            root.Sentinels.Withdraw(name);
            return $"No sentinel can be created in '{root.Path}', so it is not known whether all hints have come: {refused}";
        }

        try
        {
            await heard.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            return $"The sentinel in '{root.Path}' was not reported within {Patience.TotalSeconds} s: hints are late, or do not come.";
        }
        finally
        {
            TryDelete(directory, name);
            root.Sentinels.Retire(name);
        }
    }

    private static string? TryMake(string directory, string name)
    {
        if (LinuxFiles.IsSupported)
        {
            return LinuxBeneath.Make(directory, name) is not 0 and var error ? LinuxErrors.Describe(error) : null;
        }

        try
        {
            // CreateNew follows no link and opens no existing file.
            using SafeFileHandle made = File.OpenHandle(Path.Join(directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return refused.Message;
        }
    }

    private static void TryDelete(string directory, string name)
    {
        if (LinuxFiles.IsSupported)
        {
            _ = LinuxBeneath.Remove(directory, name);
            return;
        }

        try
        {
            File.Delete(Path.Join(directory, name));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The root vanished or became read-only in these two seconds; the file has to stay.
        }
    }
}
