namespace FileMonitor.Delivery;

/// <summary>What is known of who made a change.</summary>
/// <param name="Actor">The process that the latest hint names; null when none does.</param>
/// <param name="HasOthers">Whether others had a hand in it, or may have.</param>
/// <param name="Unexplained">What cannot have changed by what was heard of the processes.</param>
/// <param name="IsOfName">Whether the name got another item: its content and attributes, whatever they are, came with it.</param>
internal readonly record struct Attribution(Actor? Actor, bool HasOthers, ItemAttributes Unexplained, bool IsOfName);
