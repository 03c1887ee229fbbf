using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Files;

/// <summary>
/// Held by the one process that writes a journal. The file says who that is; an orderly close empties it, so that what is found in it is the name
/// of a process that ended without one. Owned by the writer.
/// </summary>
internal sealed class JournalLock : IDisposable
{
    private const int MostBytes = 1024;

    private readonly JournalDirectory _directory;
    private readonly SafeFileHandle _file;

    private JournalLock(JournalDirectory directory, SafeFileHandle file, string? abandonedBy)
    {
        _directory = directory;
        _file = file;
        AbandonedBy = abandonedBy;
    }

    /// <summary>Who held it last and did not give it back; null after an orderly close, and when there was nobody.</summary>
    public string? AbandonedBy { get; }

    /// <exception cref="JournalInUseException">Another has it.</exception>
    public static JournalLock Take(JournalDirectory directory, DateTimeOffset now)
    {
        var file = Open(directory);
        try
        {
            if (UnixCalls.IsSupported && !UnixCalls.TryLock(file))
            {
                throw new JournalInUseException(directory.Path, Read(file));
            }

            var abandonedBy = Read(file);
            var holder = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} since {now.UtcDateTime:O}");
            RandomAccess.SetLength(file, 0);
            directory.Device.Write(file, Encoding.UTF8.GetBytes(holder), 0);
            directory.Device.Flush(file);
            return new(directory, file, abandonedBy.Length == 0 ? null : abandonedBy);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Notes that the journal was closed in order.</summary>
    public void GiveBack()
    {
        RandomAccess.SetLength(_file, 0);
        _directory.Device.Flush(_file);
    }

    public void Dispose()
    {
        if (UnixCalls.IsSupported && !_file.IsClosed)
        {
            UnixCalls.Unlock(_file);
        }

        _file.Dispose();
    }

    private static SafeFileHandle Open(JournalDirectory directory)
    {
        var path = directory.PathOf(JournalDirectory.LockName);
        if (UnixCalls.IsSupported)
        {
            return UnixCalls.Open(path, UnixCalls.O_RDWR | UnixCalls.O_CREAT, JournalDirectory.PrivateFile);
        }

        try
        {
            // Windows lets the others read who it is; elsewhere a lock that lets others read would let them write, too.
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None);
        }
        catch (IOException) when (OperatingSystem.IsWindows() && File.Exists(path))
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            throw new JournalInUseException(directory.Path, Read(file));
        }
    }

    private static string Read(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[MostBytes];
        return Encoding.UTF8.GetString(text[..JournalDirectory.ReadFully(file, text, 0)]);
    }
}
