namespace FileMonitor;

/// <summary>
/// Two roots are one directory, or one is inside the other, once links are resolved. Overlaps that show without the disk are refused when the
/// monitor is created. The message names both roots.
/// </summary>
public sealed class OverlappingRootsException : IOException
{
    internal OverlappingRootsException(string message)
        : base(message)
    {
    }
}
