enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read> arg5: array<f32>;
@group(0) @binding(6) var<storage, read> arg6: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 1) { return; }
 let tile = i32(u32(group) / 1u);
 let key_head = group - tile * 1;
 let first_row = tile * 8;
 let place = lane;
 let row_0 = first_row + 0;
 let at_0 = min(row_0, tokens - 1);
 let row_1 = first_row + 1;
 let at_1 = min(row_1, tokens - 1);
 let row_2 = first_row + 2;
 let at_2 = min(row_2, tokens - 1);
 let row_3 = first_row + 3;
 let at_3 = min(row_3, tokens - 1);
 let row_4 = first_row + 4;
 let at_4 = min(row_4, tokens - 1);
 let row_5 = first_row + 5;
 let at_5 = min(row_5, tokens - 1);
 let row_6 = first_row + 6;
 let at_6 = min(row_6, tokens - 1);
 let row_7 = first_row + 7;
 let at_7 = min(row_7, tokens - 1);
 var key_0_0 = 0.0f;
 var key_0_1 = 0.0f;
 var key_1_0 = 0.0f;
 var key_1_1 = 0.0f;
 var key_2_0 = 0.0f;
 var key_2_1 = 0.0f;
 var key_3_0 = 0.0f;
 var key_3_1 = 0.0f;
 var key_4_0 = 0.0f;
 var key_4_1 = 0.0f;
 var key_5_0 = 0.0f;
 var key_5_1 = 0.0f;
 var key_6_0 = 0.0f;
 var key_6_1 = 0.0f;
 var key_7_0 = 0.0f;
 var key_7_1 = 0.0f;
 var value_0_0 = 0.0f;
 var value_0_1 = 0.0f;
 var value_1_0 = 0.0f;
 var value_1_1 = 0.0f;
 var value_2_0 = 0.0f;
 var value_2_1 = 0.0f;
 var value_3_0 = 0.0f;
 var value_3_1 = 0.0f;
 var value_4_0 = 0.0f;
 var value_4_1 = 0.0f;
 var value_5_0 = 0.0f;
 var value_5_1 = 0.0f;
 var value_6_0 = 0.0f;
 var value_6_1 = 0.0f;
 var value_7_0 = 0.0f;
 var value_7_1 = 0.0f;
 for (var block = first_row; block < tokens; block += 8) {
  var lowest_block = arg2[min(block, tokens - 1)];
  for (var u = 1; u < 8 + (group >> 31); u += 1) {
   lowest_block = min(lowest_block, arg2[min(block + u, tokens - 1)]);
  }
  if (lowest_block < first_row + 8) {
   let other = block + place;
   let from_token = min(other, tokens - 1);
   let start = arg2[from_token];
   for (var head = key_head * 3; head < key_head * 3 + 3; head += 1) {
    let lse = arg4[from_token * 3 + head];
    let inner = arg6[from_token * 3 + head];
    var s_0 = 0.0f;
    let s_row_0 = (at_0 * 1 + key_head) * 13;
    var s_1 = 0.0f;
    let s_row_1 = (at_1 * 1 + key_head) * 13;
    var s_2 = 0.0f;
    let s_row_2 = (at_2 * 1 + key_head) * 13;
    var s_3 = 0.0f;
    let s_row_3 = (at_3 * 1 + key_head) * 13;
    var s_4 = 0.0f;
    let s_row_4 = (at_4 * 1 + key_head) * 13;
    var s_5 = 0.0f;
    let s_row_5 = (at_5 * 1 + key_head) * 13;
    var s_6 = 0.0f;
    let s_row_6 = (at_6 * 1 + key_head) * 13;
    var s_7 = 0.0f;
    let s_row_7 = (at_7 * 1 + key_head) * 13;
    let s_stream = (from_token * 3 + head) * 13;
    var z_0 = 0.0f;
    let z_row_0 = (at_0 * 1 + key_head) * 13;
    var z_1 = 0.0f;
    let z_row_1 = (at_1 * 1 + key_head) * 13;
    var z_2 = 0.0f;
    let z_row_2 = (at_2 * 1 + key_head) * 13;
    var z_3 = 0.0f;
    let z_row_3 = (at_3 * 1 + key_head) * 13;
    var z_4 = 0.0f;
    let z_row_4 = (at_4 * 1 + key_head) * 13;
    var z_5 = 0.0f;
    let z_row_5 = (at_5 * 1 + key_head) * 13;
    var z_6 = 0.0f;
    let z_row_6 = (at_6 * 1 + key_head) * 13;
    var z_7 = 0.0f;
    let z_row_7 = (at_7 * 1 + key_head) * 13;
    let z_stream = (from_token * 3 + head) * 13;
    for (var c = 0; c < 13 + (group >> 31); c += 8) {
     let mine = min(c + lane, 12);
     let s_held_0 = arg1[s_row_0 + mine];
     let s_held_1 = arg1[s_row_1 + mine];
     let s_held_2 = arg1[s_row_2 + mine];
     let s_held_3 = arg1[s_row_3 + mine];
     let s_held_4 = arg1[s_row_4 + mine];
     let s_held_5 = arg1[s_row_5 + mine];
     let s_held_6 = arg1[s_row_6 + mine];
     let s_held_7 = arg1[s_row_7 + mine];
     let z_held_0 = arg3[z_row_0 + mine];
     let z_held_1 = arg3[z_row_1 + mine];
     let z_held_2 = arg3[z_row_2 + mine];
     let z_held_3 = arg3[z_row_3 + mine];
     let z_held_4 = arg3[z_row_4 + mine];
     let z_held_5 = arg3[z_row_5 + mine];
     let z_held_6 = arg3[z_row_6 + mine];
     let z_held_7 = arg3[z_row_7 + mine];
     for (var step = 0; step < min(8, 13 - c); step += 1) {
      let s_other = arg0[s_stream + c + step];
      s_0 = fma(subgroupShuffle(s_held_0, u32(step)), s_other, s_0);
      s_1 = fma(subgroupShuffle(s_held_1, u32(step)), s_other, s_1);
      s_2 = fma(subgroupShuffle(s_held_2, u32(step)), s_other, s_2);
      s_3 = fma(subgroupShuffle(s_held_3, u32(step)), s_other, s_3);
      s_4 = fma(subgroupShuffle(s_held_4, u32(step)), s_other, s_4);
      s_5 = fma(subgroupShuffle(s_held_5, u32(step)), s_other, s_5);
      s_6 = fma(subgroupShuffle(s_held_6, u32(step)), s_other, s_6);
      s_7 = fma(subgroupShuffle(s_held_7, u32(step)), s_other, s_7);
      let z_other = arg5[z_stream + c + step];
      z_0 = fma(subgroupShuffle(z_held_0, u32(step)), z_other, z_0);
      z_1 = fma(subgroupShuffle(z_held_1, u32(step)), z_other, z_1);
      z_2 = fma(subgroupShuffle(z_held_2, u32(step)), z_other, z_2);
      z_3 = fma(subgroupShuffle(z_held_3, u32(step)), z_other, z_3);
      z_4 = fma(subgroupShuffle(z_held_4, u32(step)), z_other, z_4);
      z_5 = fma(subgroupShuffle(z_held_5, u32(step)), z_other, z_5);
      z_6 = fma(subgroupShuffle(z_held_6, u32(step)), z_other, z_6);
      z_7 = fma(subgroupShuffle(z_held_7, u32(step)), z_other, z_7);
     }
    }
    let p_0 = select(0.0f, exp(s_0 * 0.25f - lse), other < tokens && row_0 >= start && row_0 <= other);
    let w_0 = select(0.0f, p_0 * (z_0 - inner), other < tokens && row_0 >= start && row_0 <= other);
    let p_1 = select(0.0f, exp(s_1 * 0.25f - lse), other < tokens && row_1 >= start && row_1 <= other);
    let w_1 = select(0.0f, p_1 * (z_1 - inner), other < tokens && row_1 >= start && row_1 <= other);
    let p_2 = select(0.0f, exp(s_2 * 0.25f - lse), other < tokens && row_2 >= start && row_2 <= other);
    let w_2 = select(0.0f, p_2 * (z_2 - inner), other < tokens && row_2 >= start && row_2 <= other);
    let p_3 = select(0.0f, exp(s_3 * 0.25f - lse), other < tokens && row_3 >= start && row_3 <= other);
    let w_3 = select(0.0f, p_3 * (z_3 - inner), other < tokens && row_3 >= start && row_3 <= other);
    let p_4 = select(0.0f, exp(s_4 * 0.25f - lse), other < tokens && row_4 >= start && row_4 <= other);
    let w_4 = select(0.0f, p_4 * (z_4 - inner), other < tokens && row_4 >= start && row_4 <= other);
    let p_5 = select(0.0f, exp(s_5 * 0.25f - lse), other < tokens && row_5 >= start && row_5 <= other);
    let w_5 = select(0.0f, p_5 * (z_5 - inner), other < tokens && row_5 >= start && row_5 <= other);
    let p_6 = select(0.0f, exp(s_6 * 0.25f - lse), other < tokens && row_6 >= start && row_6 <= other);
    let w_6 = select(0.0f, p_6 * (z_6 - inner), other < tokens && row_6 >= start && row_6 <= other);
    let p_7 = select(0.0f, exp(s_7 * 0.25f - lse), other < tokens && row_7 >= start && row_7 <= other);
    let w_7 = select(0.0f, p_7 * (z_7 - inner), other < tokens && row_7 >= start && row_7 <= other);
    for (var u = 0; u < 8 + (group >> 31); u += 1) {
     let begin = (min(block + u, tokens - 1) * 3 + head) * 13;
     let key_w_0 = subgroupShuffle(w_0, u32(u));
     let key_w_1 = subgroupShuffle(w_1, u32(u));
     let key_w_2 = subgroupShuffle(w_2, u32(u));
     let key_w_3 = subgroupShuffle(w_3, u32(u));
     let key_w_4 = subgroupShuffle(w_4, u32(u));
     let key_w_5 = subgroupShuffle(w_5, u32(u));
     let key_w_6 = subgroupShuffle(w_6, u32(u));
     let key_w_7 = subgroupShuffle(w_7, u32(u));
     let key_x_0 = arg0[begin + place + 0];
     key_0_0 = fma(key_w_0, key_x_0, key_0_0);
     key_1_0 = fma(key_w_1, key_x_0, key_1_0);
     key_2_0 = fma(key_w_2, key_x_0, key_2_0);
     key_3_0 = fma(key_w_3, key_x_0, key_3_0);
     key_4_0 = fma(key_w_4, key_x_0, key_4_0);
     key_5_0 = fma(key_w_5, key_x_0, key_5_0);
     key_6_0 = fma(key_w_6, key_x_0, key_6_0);
     key_7_0 = fma(key_w_7, key_x_0, key_7_0);
     let key_x_1 = arg0[begin + min(place + 8, 12)];
     key_0_1 = fma(key_w_0, key_x_1, key_0_1);
     key_1_1 = fma(key_w_1, key_x_1, key_1_1);
     key_2_1 = fma(key_w_2, key_x_1, key_2_1);
     key_3_1 = fma(key_w_3, key_x_1, key_3_1);
     key_4_1 = fma(key_w_4, key_x_1, key_4_1);
     key_5_1 = fma(key_w_5, key_x_1, key_5_1);
     key_6_1 = fma(key_w_6, key_x_1, key_6_1);
     key_7_1 = fma(key_w_7, key_x_1, key_7_1);
     let value_w_0 = subgroupShuffle(p_0, u32(u));
     let value_w_1 = subgroupShuffle(p_1, u32(u));
     let value_w_2 = subgroupShuffle(p_2, u32(u));
     let value_w_3 = subgroupShuffle(p_3, u32(u));
     let value_w_4 = subgroupShuffle(p_4, u32(u));
     let value_w_5 = subgroupShuffle(p_5, u32(u));
     let value_w_6 = subgroupShuffle(p_6, u32(u));
     let value_w_7 = subgroupShuffle(p_7, u32(u));
     let value_x_0 = arg5[begin + place + 0];
     value_0_0 = fma(value_w_0, value_x_0, value_0_0);
     value_1_0 = fma(value_w_1, value_x_0, value_1_0);
     value_2_0 = fma(value_w_2, value_x_0, value_2_0);
     value_3_0 = fma(value_w_3, value_x_0, value_3_0);
     value_4_0 = fma(value_w_4, value_x_0, value_4_0);
     value_5_0 = fma(value_w_5, value_x_0, value_5_0);
     value_6_0 = fma(value_w_6, value_x_0, value_6_0);
     value_7_0 = fma(value_w_7, value_x_0, value_7_0);
     let value_x_1 = arg5[begin + min(place + 8, 12)];
     value_0_1 = fma(value_w_0, value_x_1, value_0_1);
     value_1_1 = fma(value_w_1, value_x_1, value_1_1);
     value_2_1 = fma(value_w_2, value_x_1, value_2_1);
     value_3_1 = fma(value_w_3, value_x_1, value_3_1);
     value_4_1 = fma(value_w_4, value_x_1, value_4_1);
     value_5_1 = fma(value_w_5, value_x_1, value_5_1);
     value_6_1 = fma(value_w_6, value_x_1, value_6_1);
     value_7_1 = fma(value_w_7, value_x_1, value_7_1);
    }
   }
  }
 }
 if (row_0 < tokens) {
  out[((row_0 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_0_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_0 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_0_1 * 0.25f;
  }
 }
 if (row_1 < tokens) {
  out[((row_1 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_1_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_1 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_1_1 * 0.25f;
  }
 }
 if (row_2 < tokens) {
  out[((row_2 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_2_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_2 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_2_1 * 0.25f;
  }
 }
 if (row_3 < tokens) {
  out[((row_3 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_3_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_3 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_3_1 * 0.25f;
  }
 }
 if (row_4 < tokens) {
  out[((row_4 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_4_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_4 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_4_1 * 0.25f;
  }
 }
 if (row_5 < tokens) {
  out[((row_5 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_5_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_5 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_5_1 * 0.25f;
  }
 }
 if (row_6 < tokens) {
  out[((row_6 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_6_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_6 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_6_1 * 0.25f;
  }
 }
 if (row_7 < tokens) {
  out[((row_7 * 2 + 0) * 1 + key_head) * 13 + place + 0] = key_7_0 * 0.25f;
  if (place + 8 < 13) {
   out[((row_7 * 2 + 0) * 1 + key_head) * 13 + place + 8] = key_7_1 * 0.25f;
  }
 }
 if (row_0 < tokens) {
  out[((row_0 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_0_0;
  if (place + 8 < 13) {
   out[((row_0 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_0_1;
  }
 }
 if (row_1 < tokens) {
  out[((row_1 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_1_0;
  if (place + 8 < 13) {
   out[((row_1 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_1_1;
  }
 }
 if (row_2 < tokens) {
  out[((row_2 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_2_0;
  if (place + 8 < 13) {
   out[((row_2 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_2_1;
  }
 }
 if (row_3 < tokens) {
  out[((row_3 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_3_0;
  if (place + 8 < 13) {
   out[((row_3 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_3_1;
  }
 }
 if (row_4 < tokens) {
  out[((row_4 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_4_0;
  if (place + 8 < 13) {
   out[((row_4 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_4_1;
  }
 }
 if (row_5 < tokens) {
  out[((row_5 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_5_0;
  if (place + 8 < 13) {
   out[((row_5 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_5_1;
  }
 }
 if (row_6 < tokens) {
  out[((row_6 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_6_0;
  if (place + 8 < 13) {
   out[((row_6 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_6_1;
  }
 }
 if (row_7 < tokens) {
  out[((row_7 * 2 + 1) * 1 + key_head) * 13 + place + 0] = value_7_0;
  if (place + 8 < 13) {
   out[((row_7 * 2 + 1) * 1 + key_head) * 13 + place + 8] = value_7_1;
  }
 }
}
