using System.Globalization;
using FileMonitor.Output;

namespace FileMonitor.JsonLines;

/// <summary>The names of a rotated file: <c>path</c> is the live file, <c>path.1</c> the one before, <c>path.2</c> the one before that.</summary>
internal sealed class RotatedFiles(string livePath, int maxFiles)
{
    private static readonly StringComparison PathComparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    public string LivePath => livePath;

    /// <summary>The live file's name in its directory.</summary>
    public string LiveName { get; } = Path.GetFileName(livePath);

    /// <summary>Frees the live path. The live file is closed and may be missing.</summary>
    public void Rotate(OutputDirectory directory)
    {
        // Move only up to the first free number. When a move fails (a directory that may not be written, a file held open on Windows), every
        // retry comes here again, and moving all files each time would delete one after the other.
        var free = 1;
        while (free < maxFiles && directory.HasFile(Name(free)))
        {
            free++;
        }

        if (free == maxFiles)
        {
            free = maxFiles - 1;
            directory.Delete(Name(free));
        }

        for (var number = free; number > 0; number--)
        {
            if (directory.HasFile(Name(number - 1)))
            {
                directory.Move(Name(number - 1), Name(number));
            }
        }
    }

    /// <summary>Whether a path is one of the files, with any number: an earlier configuration may have kept more.</summary>
    public bool Owns(string fullPath)
    {
        if (!fullPath.StartsWith(livePath, PathComparison))
        {
            return false;
        }

        var rest = fullPath.AsSpan(livePath.Length);
        return rest.IsEmpty
            || (rest is ['.', >= '1' and <= '9', ..] && int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    private string Name(int number) => number == 0 ? LiveName : string.Create(CultureInfo.InvariantCulture, $"{LiveName}.{number}");
}
