using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Output;

/// <summary>
/// A directory that we write in, for one operation; names are directly in it. This library and its samples create, rename and delete files only
/// through it. One caller at a time.
/// </summary>
internal abstract class OutputDirectory : IDisposable
{
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
