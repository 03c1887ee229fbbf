using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Output;

/// <summary>
/// A directory in which we write, for the moment of one operation: names are those directly in it. The only way by which this library and its
/// samples make, rename or delete files. One caller at a time.
/// </summary>
internal abstract class OutputDirectory : IDisposable
{
    /// <summary>Opens a regular file of ours to append to it, and makes it when there is none.</summary>
    /// <exception cref="IOException">It cannot be opened, or is something else. Nothing was written to it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public abstract SafeFileHandle OpenToAppend(string name, UnixFileMode mode);

    /// <summary>Makes a file; null when something stands there already.</summary>
    public abstract SafeFileHandle? TryCreate(string name, UnixFileMode mode);

    /// <summary>Whether the name still leads to the very file that is open.</summary>
    public abstract bool IsStill(string name, SafeFileHandle open);

    /// <summary>Whether there is a regular file by that name; a link to one is none.</summary>
    public abstract bool HasFile(string name);

    /// <summary>Gives a file another name, in place of what is there, a link included.</summary>
    public abstract void Move(string from, string to);

    /// <summary>Deletes a file, or a link but not what it leads to.</summary>
    public abstract void Delete(string name);

    /// <summary>The same where failing changes nothing for the caller.</summary>
    public void TryDelete(string name)
    {
        try
        {
            Delete(name);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Why the caller gives up is the error to tell.
        }
    }

    public abstract void Dispose();
}
