using System.Globalization;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources;

/// <summary>
/// Makes an empty file in a root and waits for its hint: hints come in the order in which things happened, so that all that happened before
/// has been heard of by then.
/// </summary>
internal static class SentinelFlush
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Null when the file was heard of, otherwise a sentence saying why not. The file is gone afterwards. On the pool: a disk may hang.</summary>
    public static async Task<string?> RunAsync(MonitoredRoot root, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (name, heard) = root.Sentinels.Issue();
        if (In(root, name, TryMake) is { } refused)
        {
            root.Sentinels.Withdraw(name);
            return $"No sentinel can be made in '{root.Path}', so it is not known whether all hints have come: {refused}";
        }

        try
        {
            await heard.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            return $"The sentinel in '{root.Path}' was not heard of within {Patience.TotalSeconds} s: hints are late, or do not come.";
        }
        finally
        {
            In(root, name, TryDelete);
            root.Sentinels.Retire(name);
        }
    }

    private static string? TryMake(string path)
    {
        try
        {
            // CreateNew follows no link and opens no file of anybody else.
            using SafeFileHandle made = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return refused.Message;
        }
    }

    private static string? TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The root went away, or became read-only, in these two seconds: nothing of ours can be done about the file.
            return refused.Message;
        }
    }

    /// <summary>Does something with a path in the root that is text even where the name of the root is not.</summary>
    private static string? In(MonitoredRoot root, string name, Func<string, string?> act)
    {
        if (!LinuxFiles.IsSupported || !PathText.MayHoldBytes(root.PhysicalPath))
        {
            return act(Path.Join(root.PhysicalPath, name));
        }

        using var native = new LinuxPath(root.PhysicalPath, stackalloc byte[LinuxPath.StackBytes]);
        var directory = native.Error == 0 ? LinuxFiles.OpenToStandOn(native.Directory, native.Bytes) : -1;
        if (directory < 0)
        {
            return LinuxFiles.Describe(native.Error == 0 ? LinuxFiles.LastError : native.Error);
        }

        try
        {
            return act(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory}/{name}"));
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }
}
