using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Output;

/// <summary>
/// A directory that we write in, for one operation; names are directly in it. This library and its samples create, rename and delete files only
/// through it. One caller at a time.
/// </summary>
internal abstract class OutputDirectory : IDisposable
{
    /// <summary>Forces what was written to a file to the device.</summary>
    /// <exception cref="IOException">That failed: what of it is on the device is not known, and a second attempt says nothing about the first.</exception>
    public static void FlushToDisk(SafeFileHandle open)
    {
        if (!LinuxFiles.IsSupported)
        {
            RandomAccess.FlushToDisk(open);
            return;
        }

        // RandomAccess.FlushToDisk does not say that it failed: .NET 10 takes the answer of a failed fsync for a success.
        if (!LinuxWriting.TryFlush((int)open.DangerousGetHandle()))
        {
            var error = LinuxErrors.LastError;
            throw new IOException($"A file could not be forced to the device: {LinuxErrors.Describe(error)}", error);
        }
    }

    /// <summary>Opens a regular file of ours to append to it; creates it when it is missing.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is no regular file of ours. Nothing was written to it.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public abstract SafeFileHandle OpenToAppend(string name, UnixFileMode mode);

    /// <summary>Creates a file; null when the name exists.</summary>
    public abstract SafeFileHandle? TryCreate(string name, UnixFileMode mode);

    /// <summary>Whether the name is still that of the open file.</summary>
    public abstract bool IsStill(string name, SafeFileHandle open);

    /// <summary>Whether the name is that of a regular file; a link does not count.</summary>
    public abstract bool HasFile(string name);

    /// <summary>Renames a file; replaces an existing item of the new name, also a link.</summary>
    public abstract void Move(string from, string to);

    /// <summary>Deletes a file, or a link but not its target.</summary>
    public abstract void Delete(string name);

    /// <summary>Forces the names in the directory to the device, where the system can do that.</summary>
    /// <exception cref="IOException">That failed: whether a new name is there after a loss of power is not known.</exception>
    public abstract void FlushNames();

    /// <summary>Deletes a file; ignores failures.</summary>
    public void TryDelete(string name)
    {
        try
        {
            Delete(name);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The caller reports the error because of which it gave up.
        }
    }

    public abstract void Dispose();
}
