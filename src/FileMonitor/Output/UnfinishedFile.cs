using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Output;

/// <summary>
/// A file that is written under another name beside its own, and gets its name when it is finished; a reader never sees a part of it. Unless it is finished it is deleted, and what stood under
/// its name is still there. Owner: the caller that made it.
/// </summary>
internal sealed class UnfinishedFile : IDisposable
{
    private const int Attempts = 10;

    private readonly OutputDirectory _directory;
    private readonly SafeFileHandle _file;
    private readonly string _name;
    private readonly string _unfinishedName;
    private bool _isFinished;

    private UnfinishedFile(OutputDirectory directory, SafeFileHandle file, string name, string unfinishedName) =>
        (_directory, _file, _name, _unfinishedName) = (directory, file, name, unfinishedName);

    /// <summary>Creates an empty file.</summary>
    /// <param name="directory">Where; disposed with the file, or with the failure.</param>
    /// <param name="name">The name that it gets when it is finished.</param>
    /// <param name="mode">Its permissions.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public static UnfinishedFile Create(OutputDirectory directory, string name, UnixFileMode mode)
    {
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                // The name cannot be guessed, and an existing item is not overwritten.
                var unfinishedName = $"{name}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp";
                if (directory.TryCreate(unfinishedName, mode) is { } file)
                {
                    return new(directory, file, name, unfinishedName);
                }
            }

            throw new IOException($"No name is free beside {name} for the file while it is being written.");
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Writes behind what is there. Between that and the position are zeros, for which no room is taken where the file system can leave a hole.</summary>
    public void WriteAt(ReadOnlySpan<byte> content, long position)
    {
        SetLength(position);
        RandomAccess.Write(_file, content, position);
    }

    /// <summary>Makes the file as long as that, with zeros at its end.</summary>
    public void SetLength(long length)
    {
        // Most writes are where the file ends, and cutting it there would cost a call for each.
        if (RandomAccess.GetLength(_file) != length)
        {
            RandomAccess.SetLength(_file, length);
        }
    }

    /// <summary>Forces content and name to the device, and gives the file its name in place of an existing item, also of a link.</summary>
    /// <exception cref="IOException">That failed. If the name could not be forced, the file has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public void Finish()
    {
        OutputDirectory.FlushToDisk(_file);
        _file.Dispose();
        _directory.Move(_unfinishedName, _name);
        _isFinished = true;
        _directory.FlushNames();
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_isFinished)
        {
            _directory.TryDelete(_unfinishedName);
        }

        _directory.Dispose();
    }
}
