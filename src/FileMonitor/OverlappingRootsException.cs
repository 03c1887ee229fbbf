namespace FileMonitor;

/// <summary>
/// Two roots are one directory, or one lies in the other, once links are resolved. What can be told without the disk is refused when the monitor
/// is created. The message names both.
/// </summary>
public sealed class OverlappingRootsException : IOException
{
    internal OverlappingRootsException(string message)
        : base(message)
    {
    }
}
